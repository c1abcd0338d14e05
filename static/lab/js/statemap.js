/** The states of the protocol in the title bar: done, now, to come. */

import { el } from "./dom.js";
import { plain } from "./explain.js";
import { t } from "./strings.js";

export class StateMap {
  /**
   * @param {HTMLElement} list
   * @param {import("./types.js").Protocol} protocol
   * @param {(state: {name: string, title: string, short: string}) => void} onState
   */
  constructor(list, protocol, onState) {
    this.buttons = protocol.states.map((state, index) => {
      const said = el("span", { class: "sr" });
      const button = el(
        "button",
        { type: "button", title: plain(state.short), onclick: () => onState(state) },
        state.name,
        said,
      );
      // No way leads here from the state before: it is the other way on
      const before = protocol.states[index - 1]?.name;
      const leads = ([from, , to]) => from === before && to === state.name;
      const other = !!before && !protocol.transitions.some(leads);
      return { name: state.name, button, said, other };
    });
    list.replaceChildren(
      ...this.buttons.map(({ button, other }) => el("li", { class: other ? "or" : "" }, button)),
    );
  }

  /** @param {string} state @param {string[]} [wanted] states that a refused command would need */
  show(state, wanted = []) {
    const now = this.buttons.findIndex(({ name }) => name === state);
    this.buttons.forEach(({ name, button, said }, index) => {
      const passed = index < now && !this.buttons[index + 1].other;
      const is = index === now ? "now" : passed ? "done" : "to_come";
      button.className = `${is === "done" ? "done" : ""} ${wanted.includes(name) ? "wanted" : ""}`;
      if (is === "now") button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
      said.textContent = `, ${t(`state_${is}`)}`;
    });
  }
}
