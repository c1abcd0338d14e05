/** The menu of sample sessions, and the one that is playing. */

import { el, icon, pageData } from "./dom.js";
import { Player } from "./player.js";
import { t } from "./strings.js";

export class Samples {
  #player = null;
  /** What the banner says about it. */
  saying = "";

  /**
   * @param {Record<string, HTMLElement>} parts
   * @param {string} protocol
   * @param {{begin: (service: string) => boolean, fill: (text: string, isBody: boolean) => void,
   *   send: () => void, changed: () => void}} stage
   *   `begin` provides a fresh connection and tells whether the server has greeted already
   */
  constructor(parts, protocol, stage) {
    Object.assign(this, { parts, stage });
    const mine = pageData("sessions", []).filter((session) => session.protocol === protocol);
    parts.sessions.hidden = !mine.length;
    parts.sessionList.replaceChildren(...mine.map((session) => this.#item(session)));
  }

  get playing() {
    return this.#player !== null;
  }

  /** @param {import("./types.js").Session} session @param {boolean} auto */
  play(session, auto) {
    this.parts.sessions.open = false;
    this.stop();
    this.#player = new Player(session, {
      auto,
      fill: this.stage.fill,
      send: this.stage.send,
      say: (text) => this.#say(text),
      done: () => {
        this.#player = null;
        this.#say(t("play_done"));
      },
    });
    if (this.stage.begin(session.service)) this.#player.answered();
  }

  stop() {
    this.#player?.stop();
    this.#player = null;
    this.#say("");
  }

  answered() {
    this.#player?.answered();
  }

  sent() {
    this.#player?.sent();
  }

  closed() {
    this.#player?.closed();
  }

  #say(text) {
    this.saying = text;
    this.stage.changed();
  }

  #item(session) {
    const { step, all } = this.parts.sessions.dataset;
    const button = (auto, name, label) => {
      const play = { "data-play": session.id, "data-auto": auto || null };
      const onclick = () => this.play(session, auto);
      return el("button", { class: "button", type: "button", ...play, onclick }, icon(name), label);
    };
    const title = el("span", { text: session.title });
    return el("li", {}, title, button(false, "step", step), button(true, "play", all));
  }
}
