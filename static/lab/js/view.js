/** One conversation on a page: lanes, state map and its part of the explanation. */

import { el, refs, rich } from "./dom.js";
import { dialogText, download } from "./dialog.js";
import { Lanes } from "./lanes.js";
import { copy } from "./site.js";
import { StateMap } from "./statemap.js";
import { t } from "./strings.js";

/** Whether the views of this page show what an eavesdropper sees: one that is made anew goes on. */
let eavesdropping = false;

export class ConversationView {
  #hash = "";

  /**
   * @param {import("./types.js").Protocol} protocol
   * @param {import("./explain.js").Explain} explain
   * @param {{prefix?: string, live?: boolean, onTake?: (command: any) => void,
   *   onActive?: (view: ConversationView) => void}} options `prefix` keeps ids of two panes apart
   */
  constructor(
    protocol,
    explain,
    { prefix = "", live = false, onTake = () => {}, onActive = () => {} } = {},
  ) {
    Object.assign(this, { protocol, explain, onActive });
    this.root = document.getElementById("pane").content.cloneNode(true).firstElementChild;
    this.parts = refs(this.root);
    this.selected = null;
    this.active = true;
    if (!live) this.root.querySelectorAll("[data-live]").forEach((node) => node.remove());
    this.lanes = new Lanes(this.parts, {
      prefix,
      tagged: protocol.name === "imap",
      onSelect: (seq, byKey) => this.select(seq, { focus: byKey }),
    });
    this.lanes.built = () => this.#refresh();
    this.map = new StateMap(this.parts.map, protocol, (state) => {
      this.onActive(this);
      this.explain.state(state, protocol, onTake);
    });
    this.#bindTools();
    this.#eavesdrop(eavesdropping);
  }

  /** @param {import("./types.js").Conversation} conversation */
  start(conversation) {
    this.lanes.clear();
    this.selected = null;
    this.#seal(conversation.tls);
    this.update(conversation);
    this.map.show(this.protocol.states[0].name);
    if (this.active) this.explain.nothing();
    const line = /#L(\d+)$/.exec(location.hash);
    this.wanted = line && !this.#hash ? Number(line[1]) : null;
  }

  update(conversation) {
    this.conversation = conversation;
    this.parts.permalink.href = conversation.url;
    this.parts.title.replaceChildren(
      conversation.title,
      el("span", { class: "port", text: ` · ${t("at_port", conversation)}` }),
    );
    this.setStatus(conversation.closed ? "closed" : "open");
    if (conversation.tls) this.#seal(conversation.tls);
  }

  /** @param {string} version of TLS, "" for none */
  #seal(version) {
    this.secured = version !== "";
    this.parts.version.textContent = version;
    this.#chips();
  }

  /** Where TLS comes first, nothing is plain before it, nor without it. */
  #chips() {
    const { plainText, sealed, noTls, dot } = this.parts;
    const service = this.protocol.services.find(({ name }) => name === this.conversation?.service);
    plainText.hidden = this.secured || Boolean(service?.tls);
    sealed.hidden = !this.secured;
    noTls.hidden = this.secured || !service?.tls || dot.dataset.is !== "closed";
  }

  /** @param {"connecting"|"open"|"closed"} status */
  setStatus(status) {
    this.parts.dot.dataset.is = status;
    this.parts.status.textContent = t(status);
    this.#chips();
  }

  /** @param {import("./types.js").Entry[]} entries */
  add(entries) {
    const fresh = entries.filter((entry) => !this.lanes.entries.has(entry.seq));
    this.lanes.add(fresh);
    for (const { handshake } of fresh) if (handshake) this.#seal(handshake.version);
    if (fresh.length) this.map.show(this.state, this.#whyNot(this.lanes.newest)?.wanted);
  }

  get state() {
    return this.lanes.last?.state ?? this.protocol.states[0].name;
  }

  select(seq, { focus = false } = {}) {
    if (!this.lanes.has(seq)) return;
    this.selected = seq;
    this.onActive(this);
    this.lanes.mark(seq, { focus, reveal: true });
    this.#explain(seq, true);
    this.#hash = `#${this.lanes.prefix}L${seq}`;
    history.replaceState(history.state, "", this.#hash);
  }

  /** Back to the newest line. */
  follow() {
    this.selected = null;
    if (this.#hash) history.replaceState(history.state, "", location.pathname + location.search);
    this.#hash = "";
    this.#refresh();
    this.lanes.toEnd();
  }

  /** Select the line before or after the selected one. @param {number} step */
  move(step) {
    const from = this.selected ?? this.lanes.newest?.seq;
    if (from) this.select(this.lanes.neighbour(from, step));
  }

  #refresh() {
    if (this.wanted && this.lanes.has(this.wanted)) {
      const seq = this.wanted;
      this.wanted = null;
      this.select(seq);
      return;
    }
    if (this.selected) return;
    const newest = this.lanes.newest;
    if (!newest || !this.lanes.has(newest.seq)) return;
    const shown =
      newest.kind === "data" || newest.kind === "end"
        ? (newest.side === "S" && this.lanes.entries.get(newest.unit)) || newest
        : newest;
    this.lanes.mark(shown.seq);
    if (this.active) this.#explain(shown.seq, false);
  }

  #explain(seq, selected) {
    const entry = this.lanes.entries.get(seq);
    const asked = entry.answers ? this.lanes.entries.get(entry.answers) : undefined;
    const whyNot = this.#whyNot(entry);
    this.map.show(selected ? entry.state : this.state, whyNot?.wanted);
    this.explain.onClose = () => this.follow();
    this.explain.line(entry, {
      asked,
      selected,
      others: this.lanes.piece(entry).length - 1,
      raise: selected,
      whyNot: whyNot ? rich(whyNot.text) : null,
      url: new URL(`${this.conversation.url}#L${seq}`, location.href).href,
    });
  }

  /** The state that a refused command would have needed. */
  #whyNot(entry) {
    if (entry?.outcome !== "failure" || !entry.answers) return null;
    const asked = this.lanes.entries.get(entry.answers);
    const name = asked?.id.slice(this.protocol.name.length + 1);
    const row = this.protocol.commands.find((one) => one.name === name);
    if (!row || entry.before in row.when) return null;
    const wanted = Object.keys(row.when);
    const text = t("why_not_text", {
      command: row.name,
      wanted: wanted.join(` ${t("or")} `),
      state: entry.before,
    });
    return { wanted, text };
  }

  #eavesdrop(on) {
    this.root.classList.toggle("eavesdrops", on);
    this.parts.eavesdrop.setAttribute("aria-pressed", String(on));
    this.lanes.eavesdrop(on);
    this.explain.eavesdrops = on;
    if (this.selected) this.#explain(this.selected, true);
    else this.#refresh();
  }

  #bindTools() {
    const { ends, eavesdrop, copy: copyButton, download: downloadButton } = this.parts;
    eavesdrop.addEventListener("click", () => {
      eavesdropping = eavesdrop.getAttribute("aria-pressed") !== "true";
      this.#eavesdrop(eavesdropping);
    });
    ends.addEventListener("click", () => {
      const on = this.root.classList.toggle("shows-ends");
      ends.setAttribute("aria-pressed", String(on));
    });
    copyButton.addEventListener("click", () => copy(dialogText(this.lanes.entries.values())));
    downloadButton.addEventListener("click", () =>
      download(
        `${this.protocol.name}-${this.conversation?.id ?? ""}.txt`,
        dialogText(this.lanes.entries.values()),
      ),
    );
  }
}
