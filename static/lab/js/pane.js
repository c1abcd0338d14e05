/** A console: a conversation view that one can speak in. */

import { el, toast } from "./dom.js";
import { CommandLine } from "./commandline.js";
import { Banner } from "./banner.js";
import { Composer } from "./composer.js";
import { Doors } from "./doors.js";
import { Kept } from "./kept.js";
import { pieces } from "./octets.js";
import { Samples } from "./samples.js";
import { t } from "./strings.js";
import { ConversationView } from "./view.js";

export class Pane {
  #expects = { kind: "", octets: 0, id: "", asked: "" };
  #byLine = false;
  #held = false;
  #lost = false;
  #closed = false;
  #cut = false;
  #refusal = "";
  /** Connections that were asked for: until they are there, what is told is of the one before. */
  #opening = 0;

  /**
   * @param {string} id of the pane on the websocket
   * @param {import("./types.js").Protocol} protocol
   * @param {string} door name of the service to begin with
   * @param {{socket: import("./socket.js").LabSocket, explain: import("./explain.js").Explain,
   *   onActive: (pane: Pane) => void, onDoor: () => void, onShut: (pane: Pane) => void}} desk
   */
  constructor(id, protocol, door, { socket, explain, onActive, onDoor, onShut }) {
    Object.assign(this, { id, protocol, socket, door });
    this.kept = new Kept(protocol.name, door);
    this.view = new ConversationView(protocol, explain, {
      prefix: id === "a" ? "" : id,
      live: true,
      onTake: (command) => this.line.take(command),
      onActive: () => onActive(this),
    });
    this.root = this.view.root;
    this.parts = this.view.parts;
    this.parts.title.textContent = protocol.title;
    this.doors = new Doors(this.parts.doors, protocol.services, ({ name }) => {
      if (!this.enter(name)) return;
      this.samples.stop();
      onDoor();
    });
    this.doors.show(door);
    this.line = new CommandLine(this.parts, protocol, {
      tagged: protocol.name === "imap",
      onSend: (text) => this.submit(text),
    });
    this.composer = new Composer(this.parts, {
      onSend: (octets, missing) => this.#sendOctets(octets, missing),
      onType: (text) => this.#draft(text),
      onByLine: () => this.#typeByLine(),
      onTake: (text) => {
        this.line.fill(text, { whole: true });
        this.parts.input.focus();
      },
    });
    this.root.addEventListener("focusin", () => onActive(this));
    this.banner = new Banner(this.parts.banner);
    this.#bind(onShut);
    this.samples = new Samples(this.parts, protocol.name, {
      begin: (service) => {
        const moved = this.enter(service);
        if (moved) onDoor();
        return !moved && this.#beginSample();
      },
      fill: (text, isBody) =>
        isBody ? this.composer.fill(text) : this.line.fill(text, { whole: true }),
      send: () => this.#sendWhatIsThere(),
      changed: () => this.#banner(),
    });
  }

  // Connection

  /** Connect to another port; false if it is the same. @param {string} name of the service */
  enter(name) {
    if (name === this.door) return false;
    this.door = this.kept.door = name;
    this.doors.show(name);
    this.open();
    return true;
  }

  /** Go on with the conversation from before a reload, else begin one. */
  begin() {
    this.#turnStepping(this.kept.get("stepping") !== "");
    const id = this.kept.get("console");
    if (!id || this.samples.playing) return this.open();
    this.view.setStatus("connecting");
    this.socket.send({ do: "resume", pane: this.id, conversation: id, seq: 0 });
  }

  open() {
    this.view.setStatus("connecting");
    if (!this.samples.playing) this.samples.saying = "";
    if (!this.socket.send({ do: "open", pane: this.id, service: this.door })) return;
    this.#closed = false;
    this.#opening += 1;
    this.#refusal = "";
    this.#banner();
  }

  /** @param {import("./types.js").Conversation} conversation */
  opened(conversation) {
    this.#opened();
    const before = this.view.conversation;
    this.view.start(conversation);
    this.#byLine = false;
    this.#expect();
    this.line.fresh();
    if (before)
      this.parts.list.append(
        el("li", { class: "event" }, el("a", { href: before.url, text: t("previous") })),
      );
    this.#speaks(conversation);
    if (this.view.active) this.parts.input.focus({ preventScroll: true });
  }

  #opened() {
    this.#opening = Math.max(0, this.#opening - 1);
  }

  /** @param {import("./types.js").Conversation} conversation that goes on where it was */
  resumed(conversation) {
    if (this.view.conversation?.id !== conversation.id) return this.opened(conversation);
    this.view.update(conversation);
    this.#speaks(conversation);
  }

  #speaks(conversation) {
    this.kept.set("console", conversation.id);
    this.#closed = this.#cut = this.#held = false;
    if (this.stepping) this.socket.send({ do: "step", pane: this.id, on: true });
    this.#banner();
  }

  /** @param {string} id of a conversation that ended before the page came back to it */
  gone(id) {
    if (this.view.conversation?.id !== id) return this.open();
    this.socket.send({ do: "since", conversation: id, seq: this.#last });
    this.#cut = true;
    this.closed();
  }

  closed() {
    if (this.#opening) return;
    this.#closed = true;
    this.kept.set("console", "");
    this.#held = this.#byLine = false;
    this.view.setStatus("closed");
    this.#expect();
    this.samples.closed();
    this.#banner();
  }

  /** The lab opened no connection. @param {string} why */
  refused(why) {
    this.#refusal = why;
    this.#opened();
    this.closed();
  }

  /** The websocket went down (true) or is up again. The lab keeps the mail connection a while. */
  lost(lost) {
    this.#lost = lost;
    if (lost) this.#opening = 0;
    if (lost && !this.#closed) this.view.setStatus("connecting");
    if (!lost) this.#resume();
    this.#banner();
  }

  #resume() {
    const { conversation } = this.view;
    if (!conversation) return this.begin();
    if (this.#closed) return;
    const { id } = conversation;
    this.socket.send({ do: "resume", pane: this.id, conversation: id, seq: this.#last });
  }

  get #last() {
    return Math.max(0, ...this.view.lanes.entries.keys());
  }

  /** @param {number} seat this pane's place on the page, from 0 on */
  sit(seat) {
    this.kept.sit(seat, Boolean(this.view.conversation));
  }

  hold(on) {
    this.#held = on;
    this.#banner();
  }

  shut() {
    this.samples.stop();
    this.kept.forget();
    this.socket.send({ do: "close", pane: this.id });
    this.root.remove();
  }

  // Lines

  /** @param {import("./types.js").Entry[]} entries */
  add(entries) {
    this.view.add(entries);
    if (this.#opening) return;
    for (const entry of entries) this.#heed(entry);
    this.#sync();
    if (
      entries.some((entry) => entry.side === "S" && ["reply", "continuation"].includes(entry.kind))
    )
      this.samples.answered();
    this.#banner();
  }

  #heed(entry) {
    if (entry.expects) {
      const asked = this.#isMail(entry) ? `${this.view.conversation.id} ${entry.seq}` : "";
      return this.#expect(entry.expects, entry.octets, entry.id, asked);
    }
    const over = { message: entry.kind === "end", line: entry.side === "C" }[this.#expects.kind];
    if (over || (entry.side === "S" && entry.kind === "reply")) this.#done();
  }

  /** What is written into the editor may be kept: a literal could be a password. */
  #isMail({ expects, answers }) {
    if (expects === "literal") return this.view.lanes.entries.get(answers)?.id === "imap.APPEND";
    return expects === "message" || expects === "chunk";
  }

  /** @param {string} [asked] the line that asked for mail */
  #expect(kind = "", octets = 0, id = "", asked = "") {
    if (!kind) this.#byLine = false;
    this.#expects = { kind, octets, id, asked };
    this.#sync();
    if (asked) this.#redraft();
  }

  /** What was asked for has crossed the wire. */
  #done() {
    const { asked } = this.#expects;
    if (asked && this.#drafted.asked === asked) this.kept.set("draft", "");
    this.#expect();
  }

  // A mail that is not sent yet, with the line that asked for it

  get #drafted() {
    return JSON.parse(this.kept.get("draft") || "{}");
  }

  /** @param {string} text */
  #draft(text) {
    const { asked } = this.#expects;
    if (asked) this.kept.set("draft", text && JSON.stringify({ asked, text }));
  }

  /** The lines of a conversation come again: only the last that asked has no answer yet. One that
   * ended too early leaves its mail to the next. */
  #redraft() {
    const { asked, text } = this.#drafted;
    const { id } = this.view.conversation;
    if (asked === this.#expects.asked || (asked && !asked.startsWith(`${id} `)))
      this.composer.fill(text);
  }

  #sync() {
    const { kind, octets, id } = this.#expects;
    const idle = kind === "line" && /idle/i.test(id);
    const big = (kind === "message" && !this.#byLine) || ["literal", "chunk"].includes(kind);
    this.parts.lineHint = idle ? t("expects_done") : null;
    this.parts.say.hidden = this.parts.hint.hidden = big;
    if (big) this.parts.may.hidden = true;
    this.composer.expect(this.#byLine ? "" : kind === "line" && idle ? "" : kind, octets);
    const chips = idle ? [{ name: "DONE", syntax: "", short: t("expects_done") }] : null;
    const { upgrades } = this.protocol.services.find(({ name }) => name === this.door);
    const secured = this.view.secured || !upgrades;
    this.line.setState(
      this.view.state,
      this.#byLine || kind === "line" ? "line" : big ? "big" : "",
      { secured, chips },
    );
    if (!big && this.wasBig) this.parts.input.focus({ preventScroll: true });
    this.wasBig = big;
  }

  /** @param {string} text */
  submit(text) {
    if (this.#held && this.line.isEmpty) return this.#next();
    if (this.#closed || !this.view.conversation) return this.open();
    if (this.line.isEmpty && !this.#expects.kind) return;
    if (!this.socket.send({ do: "send", pane: this.id, text }))
      return toast(t("page_lost"), "error");
    this.view.follow();
    this.line.sent(text);
    this.samples.sent();
    this.#banner();
  }

  /** @param {string} text @param {number} missing octets that are owed after it */
  #sendOctets(text, missing) {
    for (const piece of pieces(text))
      if (!this.socket.send({ do: "octets", pane: this.id, text: piece }))
        return toast(t("page_lost"), "error");
    this.view.follow();
    this.kept.set("draft", "");
    this.#expect(missing ? "chunk" : "", missing);
    this.samples.sent();
    this.#banner();
  }

  #typeByLine() {
    this.#byLine = true;
    this.#sync();
    this.parts.input.focus();
  }

  // Tools

  #bind(onShut) {
    const { step, again, shut } = this.parts;
    step.addEventListener("click", () => {
      this.#turnStepping(!this.stepping);
      this.kept.set("stepping", this.stepping ? "on" : "");
      this.socket.send({ do: "step", pane: this.id, on: this.stepping });
    });
    again.addEventListener("click", () => {
      this.samples.stop();
      this.open();
    });
    shut.addEventListener("click", () => onShut(this));
  }

  #turnStepping(on) {
    this.stepping = on;
    this.parts.step.setAttribute("aria-pressed", String(on));
  }

  #next() {
    this.socket.send({ do: "next", pane: this.id });
    this.parts.input.focus();
  }

  get #ended() {
    return this.#refusal || t(this.#cut ? "cut_off" : "server_closed");
  }

  /** The one thing that matters most now, and what to do about it. */
  #banner() {
    const { samples } = this;
    this.parts.may.hidden ||= this.#closed;
    this.banner.show([
      [this.#lost, "bad", t("page_lost")],
      [this.#held, "", t("held"), t("let_through"), () => this.#next()],
      [
        this.#closed && !samples.playing,
        "bad",
        `${this.#ended} ${samples.saying || t("enter_reconnects")}`,
        t("reconnect"),
        () => this.open(),
      ],
      [samples.playing, "", samples.saying, t("stop"), () => samples.stop()],
    ]);
  }

  // Sample sessions

  /** A connection in which nothing was said yet; true if the server has greeted. */
  #beginSample() {
    const { entries, newest } = this.view.lanes;
    const said = [...entries.values()].some(({ side }) => side === "C");
    const fresh = !this.#closed && this.view.conversation && !said;
    if (!fresh) this.open();
    this.parts.input.focus();
    return Boolean(fresh && newest);
  }

  #sendWhatIsThere() {
    if (this.composer.isOpen) this.parts.finish.click();
    else this.submit(this.parts.input.value);
  }
}
