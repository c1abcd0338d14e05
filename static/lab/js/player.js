/** Plays a sample session: each client line appears in the input; Enter, or the player, sends it. */

import { t } from "./strings.js";

/** Milliseconds to read an answer before the next line goes out by itself. */
const PAUSE = 1400;

export class Player {
  /**
   * @param {import("./types.js").Session} session
   * @param {{auto: boolean, fill: (text: string, isBody: boolean) => void, send: () => void,
   *   say: (text: string) => void, done: () => void}} stage
   */
  constructor(session, stage) {
    this.session = session;
    this.stage = stage;
    this.index = 0;
    this.ready = false;
  }

  /** The server has answered (or greeted): the next line may come. */
  answered() {
    if (this.ready || this.stopped) return;
    if (this.index >= this.session.lines.length) return this.#finish();
    this.ready = true;
    const line = this.session.lines[this.index];
    this.isBody = line.includes("\n");
    this.stage.fill(line, this.isBody);
    this.#say(this.stage.auto ? "play_all" : this.isBody ? "play_body" : "play_next");
    if (this.stage.auto) this.timer = setTimeout(() => this.ready && this.stage.send(), PAUSE);
  }

  /** The line went out, by whomever. */
  sent() {
    if (!this.ready) return;
    this.ready = false;
    this.index += 1;
    this.#say("play_wait", this.index);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** The server has closed after the last line. */
  closed() {
    if (this.index >= this.session.lines.length) this.#finish();
    else this.stop();
  }

  #finish() {
    if (this.stopped) return;
    this.stop();
    this.stage.done();
  }

  #say(key, n = this.index + 1) {
    this.stage.say(t(key, { n, all: this.session.lines.length }));
  }
}
