/** The input line: history, completion of what is legal now, syntax ghost, IMAP's tag. */

import { el, rich } from "./dom.js";
import { plain } from "./explain.js";
import { nextTag, suggest } from "./completion.js";
import { t } from "./strings.js";

export class CommandLine {
  #history = [];
  #at = 0;
  #draft = "";
  #state = "";
  #plainLine = false;
  #secured = false;
  /** @type {string[]} lines that were pasted behind the one in the input */
  #pasted = [];

  /**
   * @param {Record<string, HTMLElement>} parts
   * @param {import("./types.js").Protocol} protocol
   * @param {{tagged: boolean, onSend: (text: string) => void}} options
   */
  constructor(parts, protocol, { tagged, onSend }) {
    Object.assign(this, { parts, protocol, tagged, onSend });
    this.tag = tagged ? "a1" : "";
    parts.say.addEventListener("submit", (event) => {
      event.preventDefault();
      onSend(parts.input.value);
    });
    parts.input.addEventListener("keydown", (event) => this.#key(event));
    parts.input.addEventListener("paste", (event) => this.#paste(event));
    for (const name of ["input", "scroll", "click", "keyup"])
      parts.input.addEventListener(name, () => this.#suggest());
    this.fill("");
  }

  /**
   * What the server knows of the session now.
   * @param {string} state @param {string} expects
   * @param {{secured?: boolean, chips?: any[]|null}} [more] `secured`: TLS cannot begin any more
   */
  setState(state, expects, { secured = false, chips = null } = {}) {
    const changed =
      state !== this.#state ||
      secured !== this.#secured ||
      (expects === "line") !== this.#plainLine;
    this.#state = state;
    this.#secured = secured;
    this.#plainLine = expects === "line";
    if (changed && this.#plainLine && this.parts.input.value.trim() === this.tag)
      this.parts.input.value = "";
    if (changed && !this.#plainLine && !this.parts.input.value) this.fill("");
    if (changed) this.#showChips(chips);
    this.#suggest();
  }

  /** Put a line into the input, unsent. @param {string} text */
  fill(text, { whole = false } = {}) {
    const { input } = this.parts;
    input.value = whole || !this.tagged || this.#plainLine ? text : `${this.tag} ${text}`;
    input.setSelectionRange(input.value.length, input.value.length);
    this.#suggest();
  }

  take(command) {
    this.fill(command.name + (command.syntax ? " " : ""));
    this.parts.input.focus();
  }

  /** After a line went out: remember it, offer the next tag. @param {string} text */
  sent(text) {
    const body = this.#body(text).trim();
    if (body && this.#history.at(-1) !== body && !this.#plainLine) this.#history.push(body);
    this.#at = this.#history.length;
    if (this.tagged && !this.#plainLine)
      this.tag = nextTag(text.split(" ")[0]) || nextTag(this.tag);
    this.#offer(this.#pasted.shift() ?? "");
  }

  /** Several pasted lines come one after the other: each is sent by its own Enter. */
  #paste(event) {
    const lines = event.clipboardData.getData("text").replace(/\r?\n$/, "").split(/\r?\n/);
    if (lines.length < 2) return;
    event.preventDefault();
    this.#pasted = lines.slice(1);
    this.#offer(lines[0]);
  }

  /** @param {string} text without a tag, or with one of its own */
  #offer(text) {
    this.fill(text, { whole: this.tagged && this.#body(text) !== text });
  }

  /** A new connection: IMAP's tags may begin again. */
  fresh() {
    const untouched = this.parts.input.value.trim() === this.tag;
    this.#pasted = [];
    this.tag = this.tagged ? "a1" : "";
    if (untouched) this.fill("");
  }

  get isEmpty() {
    return this.#body(this.parts.input.value).trim() === "";
  }

  get #commands() {
    return this.protocol.commands.filter((row) => !(row.secures && this.#secured));
  }

  #body(text) {
    if (!this.tagged || this.#plainLine) return text;
    const tag = /^[A-Za-z]*\d+ /.exec(text);
    return tag ? text.slice(tag[0].length) : text === this.tag ? "" : text;
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      this.#recall(event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Tab" && !event.shiftKey && this.completion) {
      event.preventDefault();
      this.fill(this.#body(this.parts.input.value) + this.completion);
      this.#fixCase();
    }
  }

  /** Tab turns `sta` into `STAT`: commands read better in capitals, the server takes both. */
  #fixCase() {
    const body = this.#body(this.parts.input.value);
    const name = this.suggestion.command?.name ?? "";
    if (body.toUpperCase().startsWith(name)) this.fill(name + body.slice(name.length));
  }

  #recall(step) {
    if (this.#at === this.#history.length) this.#draft = this.#body(this.parts.input.value);
    this.#at = Math.min(Math.max(this.#at + step, 0), this.#history.length);
    this.fill(this.#history[this.#at] ?? this.#draft);
  }

  #suggest() {
    const { input, ghost, hint } = this.parts;
    const text = input.value;
    const body = this.#body(text);
    const at = input.selectionStart === text.length;
    this.suggestion = this.#plainLine
      ? { completion: "", syntax: "", command: null, argument: -1, fits: new Set() }
      : suggest(body, this.#commands, this.#state);
    const { completion, syntax } = this.suggestion;
    this.completion = at ? completion : "";
    const follows =
      at && input.scrollLeft === 0
        ? completion + (completion && !completion.endsWith(" ") && syntax ? " " : "") + syntax
        : "";
    ghost.replaceChildren(el("span", { class: "typed", text }), follows);
    this.#hint(hint);
    for (const li of this.parts.chips.children)
      li.classList.toggle("fits", this.suggestion.fits.has(li.dataset.name));
  }

  #hint(hint) {
    const { command, argument } = this.suggestion;
    const key = command ? `${command.name}/${argument}` : this.#plainLine ? "line" : "keys";
    if (hint.dataset.key === key) return;
    hint.dataset.key = key;
    if (this.#plainLine)
      return hint.replaceChildren(rich(this.parts.lineHint ?? t("expects_line")));
    if (!command) return hint.replaceChildren(t("hint_keys"));
    const word = command.syntax.split(" ")[argument] ?? "";
    const about = command.arguments.find(({ name }) => word.includes(name));
    hint.replaceChildren(
      ...(word && about
        ? [el("strong", { text: about.name }), ": ", rich(about.text)]
        : [el("strong", { text: command.usage }), ": ", rich(command.short)]),
    );
  }

  #showChips(extra) {
    const legal = this.#plainLine
      ? []
      : this.#commands.filter((row) => this.#state in row.when && row.name !== ".");
    const rows = extra ?? legal;
    this.parts.may.hidden = !rows.length;
    this.parts.chips.replaceChildren(
      ...rows.map((row) => {
        const li = el(
          "li",
          {},
          el("button", {
            type: "button",
            title: plain(row.short),
            text: row.name,
            onclick: () => this.take(row),
          }),
        );
        li.dataset.name = row.name;
        return li;
      }),
    );
  }
}
