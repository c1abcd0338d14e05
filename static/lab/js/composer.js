/** The editor for what is more than a line: a message after 354, counted octets, base64. */

import { el } from "./dom.js";
import { crlf, dotLines, octetCount, stuffed, toBase64 } from "./octets.js";
import { number, t, tn } from "./strings.js";

/** Octets that the console sends at once: a small attachment, well within the pace of a page. */
const MOST = 512 * 1024;

export class Composer {
  #kind = "";
  #wanted = 0;

  /**
   * @param {Record<string, any>} parts
   * @param {{onSend: (octets: string, missing: number) => void, onType: (text: string) => void,
   *   onByLine: () => void, onTake: (text: string) => void}} handlers
   */
  constructor(parts, { onSend, onType, onByLine, onTake }) {
    Object.assign(this, { parts, onSend, onType, example: parts.text.placeholder });
    const { text, rest, finish, byLine, wireBox, plain, encoded, take } = parts;
    for (const field of [text, rest]) {
      field.addEventListener("input", () => this.#count());
      field.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#send();
      });
    }
    text.addEventListener("input", () => onType(text.value));
    finish.addEventListener("click", () => this.#send());
    wireBox.addEventListener("toggle", () => this.#showWire());
    byLine.addEventListener("click", onByLine);
    plain.addEventListener("input", () => (encoded.textContent = toBase64(plain.value)));
    take.addEventListener("click", () => onTake(toBase64(plain.value)));
  }

  /** @param {""|"message"|"literal"|"chunk"|"line"} kind @param {number} octets that are owed */
  expect(kind, octets = 0) {
    const { compose, text, rest, restBox, byLine, wireBox, composeLabel, helper } = this.parts;
    const counted = kind === "literal" || kind === "chunk";
    const big = kind === "message" || counted;
    if (kind === this.#kind && octets === this.#wanted) return;
    this.#kind = kind;
    this.#wanted = octets;
    compose.hidden = !big;
    helper.hidden = kind !== "line";
    if (!big) return;
    text.value = rest.value = "";
    for (const label of composeLabel.children)
      label.hidden = (label.dataset.for === "literal") !== counted;
    restBox.hidden = kind !== "literal";
    text.placeholder = kind === "literal" ? "" : this.example; // it may be a name as well
    byLine.hidden = wireBox.hidden = kind !== "message";
    this.#count();
    text.focus();
  }

  fill(value) {
    this.parts.text.value = value;
    this.#count();
    this.onType(value);
  }

  get isOpen() {
    return ["message", "literal", "chunk"].includes(this.#kind);
  }

  #octets() {
    const { text, rest } = this.parts;
    if (this.#kind === "literal") return `${text.value}${rest.value}\n`;
    if (this.#kind === "chunk") return text.value;
    return `${text.value ? stuffed(text.value) : ""}.\n`;
  }

  #send() {
    if (this.parts.finish.disabled) return;
    const octets = this.#octets();
    const missing = this.#kind === "chunk" ? this.#wanted - octetCount(octets) : 0;
    this.onSend(octets, Math.max(missing, 0));
  }

  #count() {
    const { text, count, finish } = this.parts;
    const octets = this.#octets();
    finish.disabled = octetCount(octets) > MOST;
    if (finish.disabled) return count.replaceChildren(t("too_big", { n: number(MOST) }));
    if (this.#kind !== "message") return this.#countOwed();
    const dots = dotLines(text.value);
    finish.firstElementChild.textContent = finish.dataset.label ??=
      finish.firstElementChild.textContent;
    count.textContent = t("wire_octets", {
      lines: tn("lines", octets.split("\n").length - 1),
      n: number(octetCount(octets)),
    });
    if (dots) count.textContent += ` · ${tn("stuffed", dots)}`;
    this.#showWire();
  }

  #showWire() {
    const { wire, wireBox } = this.parts;
    if (!wireBox.open || this.#kind !== "message") return;
    wire.replaceChildren(...this.#octets().trimEnd().split("\n").flatMap(wireLine));
  }

  #countOwed() {
    const { text, count, finish } = this.parts;
    const typed = octetCount(text.value);
    const missing = this.#wanted - typed;
    finish.dataset.label ??= finish.firstElementChild.textContent;
    finish.firstElementChild.textContent = t(missing ? "send_anyway" : "send_literal");
    const said =
      missing > 0
        ? t("literal_short", { n: number(missing) })
        : missing < 0
          ? t("literal_over", { n: number(-missing) })
          : t("literal_exact");
    count.replaceChildren(
      t("literal_of", { n: number(typed), all: number(this.#wanted) }),
      " · ",
      el("span", { class: missing ? "off" : "ok", text: said }),
    );
  }
}

function wireLine(line) {
  const end = el("b", { text: " CR LF\n" });
  return line.startsWith(".") ? [el("b", { text: "." }), line.slice(1), end] : [crlf(line), end];
}
