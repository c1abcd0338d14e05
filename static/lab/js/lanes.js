/** The conversation in two lanes. It prints entries; it knows no protocol. */

import { el, icon, rich } from "./dom.js";
import { Row } from "./row.js";
import { number, t } from "./strings.js";

/** Rows built in one frame, so that a long transcript does not stall the page. */
const PER_FRAME = 150;

export class Lanes {
  #rows = new Map(); // unit -> Row
  #pieces = new Map(); // piece of the wire -> the lines that crossed together, sealed
  #eavesdrops = false;
  #links = new Map(); // seq -> element
  #answers = new Map(); // seq -> seqs tied to it
  #waiting = [];
  #scheduled = false;
  #band = null;
  #current = null;
  #sticking = true;

  /**
   * @param {{scroll: HTMLElement, list: HTMLElement, log: HTMLElement, toNewest: HTMLElement}} parts
   * @param {{prefix?: string, tagged?: boolean, onSelect: (seq: number) => void}} options
   */
  constructor(parts, { prefix = "", tagged = false, onSelect }) {
    Object.assign(this, { parts, prefix, tagged, onSelect });
    this.entries = new Map();
    parts.list.addEventListener("click", (event) => this.#clicked(event));
    parts.list.addEventListener("keydown", (event) => this.#key(event));
    for (const [on, off] of [
      ["pointerover", "pointerout"],
      ["focusin", "focusout"],
    ]) {
      parts.list.addEventListener(on, (event) => this.#tie(event, true));
      parts.list.addEventListener(off, (event) => this.#tie(event, false));
    }
    parts.scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const grown = new ResizeObserver(() => this.#stick());
    grown.observe(parts.list);
    grown.observe(parts.scroll);
    parts.toNewest.querySelector("button").addEventListener("click", () => this.toEnd());
  }

  /** What is to be explained when nothing is selected. */
  get newest() {
    return this.told;
  }

  /** The lines that crossed the wire in the same piece. @param {import("./types.js").Entry} entry */
  piece(entry) {
    return (entry.sealed && this.#pieces.get(pieceOf(entry.sealed))) ?? [entry];
  }

  #join(entry) {
    const piece = pieceOf(entry.sealed);
    this.#pieces.set(piece, [...(this.#pieces.get(piece) ?? []), entry]);
  }

  /** Show what somebody on the way sees. @param {boolean} on */
  eavesdrop(on) {
    this.#eavesdrops = on;
    for (const row of this.#rows.values()) this.#look(row);
    this.#stick();
  }

  #look(row) {
    row.look(this.#eavesdrops, (entry) => this.piece(entry));
  }

  /** @param {import("./types.js").Entry[]} entries */
  add(entries) {
    for (const entry of entries) {
      if (this.entries.has(entry.seq)) continue;
      this.entries.set(entry.seq, entry);
      this.#waiting.push(entry);
      if (entry.answers)
        this.#answers.set(entry.answers, [...(this.#answers.get(entry.answers) ?? []), entry.seq]);
      if (entry.kind !== "event" && entry.kind !== "elided") this.last = this.told = entry;
      if (entry.kind === "event" && entry.why) this.told = entry;
      if (entry.sealed && entry.kind !== "elided") this.#join(entry);
    }
    this.#schedule();
  }

  clear() {
    for (const map of [this.#rows, this.#links, this.#answers, this.#pieces, this.entries])
      map.clear();
    this.#waiting = [];
    this.#band = this.#current = this.last = this.told = null;
    this.before = 0;
    this.#sticking = true;
    this.parts.list.replaceChildren();
  }

  /** Outline a line, scroll to it on demand. @param {number} seq */
  mark(seq, { focus = false, reveal = false } = {}) {
    const link = this.#links.get(seq);
    if (this.#current) {
      this.#current.classList.remove("current");
      this.#current.removeAttribute("aria-current");
      this.#current.tabIndex = -1;
    }
    this.#current = link ?? null;
    if (!link) return;
    link.classList.add("current");
    link.setAttribute("aria-current", "true");
    link.tabIndex = 0;
    if (focus) link.focus({ preventScroll: true });
    if (!focus && !reveal) return;
    link.scrollIntoView({ block: "nearest" });
    this.#sticking = this.#atEnd;
  }

  /** The seq before or after `seq` among the visible lines. */
  neighbour(seq, step) {
    const seqs = [...this.#links.keys()];
    return seqs[Math.min(Math.max(seqs.indexOf(seq) + step, 0), seqs.length - 1)];
  }

  has(seq) {
    return this.#links.has(seq);
  }

  #schedule() {
    if (this.#scheduled || !this.#waiting.length) return;
    this.#scheduled = true;
    const run = () => {
      this.#scheduled = false;
      this.#build(this.#waiting.splice(0, PER_FRAME));
      this.#schedule();
    };
    if (document.hidden) setTimeout(run, 0);
    else requestAnimationFrame(run);
  }

  #build(entries) {
    const { list, log } = this.parts;
    const fresh = document.createDocumentFragment();
    const touched = new Set();
    log.setAttribute("aria-busy", String(entries.length > 40));
    for (const entry of entries) this.#place(entry, fresh, touched);
    for (const row of touched) {
      row.summarise();
      this.#look(row);
    }
    list.append(fresh);
    this.built?.();
    log.setAttribute("aria-busy", "false");
    if (this.#sticking) this.#stick();
    else this.parts.toNewest.hidden = false;
  }

  #stick() {
    const { scroll } = this.parts;
    if (this.#sticking) scroll.scrollTop = scroll.scrollHeight;
  }

  #place(entry, fresh, touched) {
    if (this.before && entry.seq > this.before + 1)
      fresh.append(
        el("li", {
          class: "event gap",
          text: t("gap", { n: number(entry.seq - this.before - 1) }),
        }),
      );
    this.before = entry.seq;
    const open = entry.unit !== entry.seq && this.#rows.get(entry.unit);
    if (entry.kind === "event") {
      fresh.append(this.#event(entry));
      return;
    }
    if (!open && entry.phase?.title && entry.phase.id !== this.#band) {
      this.#band = entry.phase.id;
      fresh.append(el("li", { class: "band", text: entry.phase.title }));
    }
    const row = open || this.#open(entry, fresh);
    const link = row.append(entry, { id: this.#id(entry), tagged: this.tagged });
    if (link) this.#links.set(entry.seq, link);
    touched.add(row);
    const first = this.#rows.get(this.piece(entry)[0].unit);
    if (first) touched.add(first);
  }

  /** What is no line but is explained can be selected like one. */
  #event(entry) {
    const id = this.#id(entry);
    const { handshake } = entry;
    const shown = handshake?.subject ? "encrypted_from_here" : "encrypted_again";
    const text = handshake ? t(shown, handshake) : entry.short || entry.title;
    if (!entry.why) return el("li", { class: "event", id }, rich(text));
    const link = el("a", { class: "told", id, href: `#${id}`, tabindex: -1, draggable: "false" });
    link.dataset.seq = entry.seq;
    link.append(handshake ? icon("lock") : "", " ", rich(text));
    this.#links.set(entry.seq, link);
    return el("li", { class: handshake ? "event handshake" : "event" }, link);
  }

  #id(entry) {
    return `${this.prefix}L${entry.seq}`;
  }

  #open(entry, fresh) {
    const row = new Row(entry);
    this.#rows.set(entry.unit, row);
    fresh.append(row.node);
    return row;
  }

  #clicked(event) {
    const link = event.target.closest?.("[data-seq]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (String(getSelection())) return;
    this.onSelect(Number(link.dataset.seq));
  }

  #key(event) {
    const link = event.target.closest?.("[data-seq]");
    const step = {
      ArrowUp: -1,
      ArrowDown: 1,
      Home: -Infinity,
      End: Infinity,
      PageUp: -10,
      PageDown: 10,
    }[event.key];
    if (!link || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.onSelect(this.neighbour(Number(link.dataset.seq), step), true);
  }

  /** Command and answer light up together. */
  #tie(event, on) {
    const link = event.target.closest?.("[data-seq]");
    const entry = link && this.entries.get(Number(link.dataset.seq));
    if (!entry) return;
    const command = entry.answers || entry.seq;
    const group = [command, ...(this.#answers.get(command) ?? [])];
    if (group.length < 2) return;
    for (const seq of group) this.#links.get(seq)?.classList.toggle("tied", on);
  }

  get #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.parts.scroll;
    return scrollHeight - scrollTop - clientHeight < 48;
  }

  #scrolled() {
    const { scroll, toNewest } = this.parts;
    const { scrollTop, scrollHeight, clientHeight } = scroll;
    const resized = scrollHeight !== this.scrollHeight || clientHeight !== this.clientHeight;
    // A height that changes moves the lines, too, and the browser may do so before the end is
    // back in sight: only going up between equal heights is somebody who lets go of it.
    if (this.#atEnd) this.#sticking = true;
    else if (!resized && scrollTop < this.scrollTop - 2) this.#sticking = false;
    Object.assign(this, { scrollTop, scrollHeight, clientHeight });
    if (this.#sticking) toNewest.hidden = true;
  }

  toEnd() {
    this.#sticking = true;
    this.#stick();
    this.parts.toNewest.hidden = true;
  }
}

/** In old transcripts the pieces have no numbers; there the first octets tell them apart. */
function pieceOf({ number, head }) {
  return number || head;
}
