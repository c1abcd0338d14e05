/** One row of the lanes: a line, or a unit of several lines that folds. */

import { el, icon, rich } from "./dom.js";
import { longNote, rawLine, remarkLine, secretNote, showLine } from "./line.js";
import { clock, number, t, tn } from "./strings.js";
import { encodedNote, sealedNote } from "./wire.js";

/** Lines of a unit up to which it stays whole: a short mail does. */
const WHOLE = 10;

export class Row {
  #count = null;
  #fold = null;
  #open = false;
  /** @type {{entry: import("./types.js").Entry, link: HTMLElement, reset?: () => void}[]} */
  #lines = [];
  #eavesdrops = false;
  #wire = el("div", { class: "on-the-wire" });

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
    if (entry.sealed) this.#lock();
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
    const line = { entry, link };
    link.id = id;
    this.bubble.append(link);
    this.#lines.push(line);
    if (entry.secret) this.said.append(secretNote(line));
    if (link.classList.contains("long")) this.said.append(longNote(link, entry));
    if (entry.remark) this.said.append(remarkLine(entry.remark));
    return link;
  }

  /** The count of lines, and the fold: once after all that came together. */
  summarise() {
    if (this.#lines.length < 2) return;
    if (!this.#count) {
      const separator = this.meaning.childNodes.length ? " · " : "";
      this.#count = el("span");
      this.meaning.append(separator, this.#count);
    }
    this.#count.textContent = tn("lines", this.#lines.length);
    if (this.#lines.length <= WHOLE) return;
    if (!this.#fold) {
      this.#fold = el("button", { class: "link fold", type: "button" });
      this.#fold.addEventListener("click", () => this.#turn(!this.#open));
      this.meaning.append(" · ", this.#fold);
    }
    this.#turn(this.#open);
  }

  /**
   * As the two talk, or as it crosses the wire.
   * @param {boolean} eavesdrops
   * @param {(entry: import("./types.js").Entry) => import("./types.js").Entry[]} piece
   *   the lines that crossed the wire together
   */
  look(eavesdrops, piece) {
    if (!eavesdrops && !this.#eavesdrops) return;
    this.#eavesdrops = eavesdrops;
    this.#wire.replaceChildren();
    for (const line of this.#lines) this.#show(line, eavesdrops, piece(line.entry));
    if (this.#wire.childNodes.length) this.bubble.after(this.#wire);
    else this.#wire.remove();
  }

  #show(line, eavesdrops, piece) {
    const { entry, link } = line;
    const within = eavesdrops && entry.sealed && piece[0] !== entry;
    link.classList.toggle("within", Boolean(within));
    showLine(link, entry, eavesdrops);
    line.reset?.();
    if (!eavesdrops || within) return;
    const note = entry.sealed ? sealedNote(entry, piece.length - 1) : encodedNote(entry);
    if (note) this.#wire.append(el("p", { class: "meaning" }, note));
  }

  #lock() {
    this.node.dataset.sealed = "";
    this.node.append(
      el(
        "span",
        { class: "seal", title: t("sealed") },
        icon("lock"),
        el("span", { class: "sr", text: t("sealed") }),
      ),
    );
  }

  #turn(open) {
    this.#open = open;
    this.bubble.classList.toggle("folded", !open);
    this.#fold.setAttribute("aria-expanded", String(open));
    this.#fold.textContent = t(open ? "fold_lines" : "show_lines", {
      n: number(this.#lines.length),
    });
  }
}
