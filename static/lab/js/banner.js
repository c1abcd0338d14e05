/** The line below a conversation: what matters most now, and what to do about it. */

import { rich } from "./dom.js";

export class Banner {
  #action = null;

  /** @param {HTMLElement} root holds a place for words and a button */
  constructor(root) {
    this.root = root;
    [this.words, this.button] = root.children;
    this.button.addEventListener("click", () => this.#action?.());
  }

  /**
   * The first case that applies.
   * @param {[applies: boolean, kind: string, text: string, label?: string, action?: () => void][]} cases
   */
  show(cases) {
    const found = cases.find(([applies]) => applies);
    this.root.hidden = !found;
    if (!found) return;
    const [, kind, text, label = "", action = null] = found;
    this.root.className = `banner ${kind}`;
    if (this.words.textContent !== text) this.words.replaceChildren(rich(text));
    this.button.hidden = !label;
    this.button.textContent = label;
    this.#action = action;
  }
}
