/** The ports on which a protocol is spoken: one is chosen, the others are a click away. */

import { el, icon } from "./dom.js";
import { t } from "./strings.js";

export class Doors {
  /**
   * @param {HTMLElement} root
   * @param {import("./types.js").Service[]} services
   * @param {(service: import("./types.js").Service) => void} onChoose
   */
  constructor(root, services, onChoose) {
    this.root = root;
    root.hidden = services.length < 2;
    this.buttons = services.map((service) => {
      const button = el(
        "button",
        { type: "button", title: t("door", service), onclick: () => onChoose(service) },
        service.tls ? icon("lock") : null,
        el("b", { text: service.standard_port }),
        el("span", { class: "kind", text: ` ${service.kind}` }),
      );
      button.dataset.service = service.name;
      return button;
    });
    root.replaceChildren(...this.buttons);
  }

  /** @param {string} name */
  show(name) {
    for (const button of this.buttons)
      button.setAttribute("aria-pressed", String(button.dataset.service === name));
    requestAnimationFrame(() => this.#reveal()); // a new pane has no layout yet
  }

  /** On a phone the row is wider than the screen. */
  #reveal() {
    const chosen = this.root.querySelector('[aria-pressed="true"]');
    const before = chosen.offsetLeft - this.root.firstChild.offsetLeft;
    this.root.scrollLeft = before - (this.root.clientWidth - chosen.offsetWidth) / 2;
  }
}
