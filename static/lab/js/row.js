/** One row of the lanes: a line, or a unit of several lines that folds. */

import { el, rich } from "./dom.js";
import { longNote, rawLine, remarkLine, secretNote } from "./line.js";
import { clock, number, t, tn } from "./strings.js";

/** Lines of a unit up to which it stays whole: a short mail does. */
const WHOLE = 10;

export class Row {
  #count = null;
  #fold = null;
  #open = false;
  #lines = 0;

  /** @param {import("./types.js").Entry} entry the first of the unit */
  constructor(entry) {
    const voice = entry.side === "C" ? "client" : "server";
    this.bubble = el("div", { class: "bubble" });
    this.meaning = el("p", { class: "meaning" });
    this.said = el("div", { class: "said" }, this.bubble, this.meaning);
    if (entry.short && entry.kind !== "data") this.meaning.append(rich(entry.short));
    this.node = el(
      "li",
      { class: `row ${voice[0]}` },
      el("span", { class: "time", "aria-hidden": "true", text: clock(entry.time) }),
      el("span", { class: "mark", "aria-hidden": "true", text: entry.side }),
      el("span", { class: "sr", text: `${t(voice)}: ` }),
      this.said,
    );
  }

  /**
   * @param {import("./types.js").Entry} entry
   * @param {{id: string, tagged: boolean}} options
   * @returns {HTMLElement|null} the line, which can be selected
   */
  append(entry, { id, tagged }) {
    if (entry.kind === "elided") {
      this.bubble.append(el("span", { class: "elided" }, rich(entry.short)));
      return null;
    }
    const link = rawLine(entry, { href: `#${id}`, tagged });
    link.id = id;
    this.bubble.append(link);
    this.#lines += 1;
    if (entry.secret) this.said.append(secretNote(link, entry));
    if (link.classList.contains("long")) this.said.append(longNote(link, entry));
    if (entry.remark) this.said.append(remarkLine(entry.remark));
    return link;
  }

  /** The count of lines, and the fold: once after all that came together. */
  summarise() {
    if (this.#lines < 2) return;
    if (!this.#count) {
      const separator = this.meaning.childNodes.length ? " · " : "";
      this.#count = el("span");
      this.meaning.append(separator, this.#count);
    }
    this.#count.textContent = tn("lines", this.#lines);
    if (this.#lines <= WHOLE) return;
    if (!this.#fold) {
      this.#fold = el("button", { class: "link fold", type: "button" });
      this.#fold.addEventListener("click", () => this.#turn(!this.#open));
      this.meaning.append(" · ", this.#fold);
    }
    this.#turn(this.#open);
  }

  #turn(open) {
    this.#open = open;
    this.bubble.classList.toggle("folded", !open);
    this.#fold.setAttribute("aria-expanded", String(open));
    this.#fold.textContent = t(open ? "fold_lines" : "show_lines", { n: number(this.#lines) });
  }
}
