/** The explanation beside the conversation: of a line, or of a state. */

import { el, icon, rich } from "./dom.js";
import { decodeBase64 } from "./octets.js";
import { copy } from "./site.js";
import { clock, t, tn } from "./strings.js";
import { tokens } from "./tokens.js";
import { octetsOf, wireLooks } from "./wire.js";

const HANDSHAKE = ["version", "cipher", "bits", "subject", "names", "issuer", "until"];

export class Explain {
  /** Whether the looks of a line on the wire are unfolded. */
  eavesdrops = false;

  /** @param {HTMLElement} root @param {{onClose?: () => void}} [options] */
  constructor(root, { onClose = () => {} } = {}) {
    this.root = root;
    this.onClose = onClose;
  }

  /**
   * @param {import("./types.js").Entry} entry
   * @param {{asked?: import("./types.js").Entry, whyNot?: Node|null, selected?: boolean,
   *   others?: number, url?: string, raise?: boolean}} context `asked`: the command that this line
   *   answers; `others`: lines that crossed the wire with it in one piece
   */
  line(entry, { asked, whyNot = null, selected = false, others = 0, url = "", raise = false }) {
    const remarks = [asked?.remark, entry.remark].filter(Boolean);
    this.#show(
      [
        this.#head(entry.title || entry.short, selected),
        ...tokens(entry),
        entry.short && entry.title ? el("p", { class: "short" }, rich(entry.short)) : null,
        handshake(entry),
        section("why", entry.why),
        whyNot && el("p", { class: "why-not" }, el("strong", { text: t("why_not") }), " ", whyNot),
        section("next", entry.next),
        ...remarks.map(remarkBox),
        this.#looks(entry, others),
        facts(entry),
        more(entry),
        actions(entry, url),
      ],
      raise,
    );
  }

  /**
   * @param {{name: string, title: string, short: string}} state
   * @param {import("./types.js").Protocol} protocol
   * @param {(command: import("./types.js").Command) => void} take
   */
  state(state, protocol, take) {
    const allowed = protocol.commands.filter((row) => state.name in row.when && row.name !== ".");
    const leads = protocol.transitions.filter(([from, , to]) => from === state.name && to !== from);
    this.#show(
      [
        this.#head(`${t("state")} ${state.name}`, true),
        el("p", {}, rich(state.short)),
        allowed.length ? el("h3", { text: t("may_here") }) : null,
        el(
          "div",
          { class: "legal" },
          ...allowed.map((row) =>
            el("button", {
              type: "button",
              title: plain(row.short),
              text: row.name,
              onclick: () => take(row),
            }),
          ),
        ),
        leads.length ? el("h3", { text: t("leads") }) : null,
        el(
          "div",
          { class: "leads" },
          ...leads.map(([, command, to]) => el("p", {}, el("code", { text: command }), ` → ${to}`)),
        ),
      ],
      true,
    );
  }

  nothing() {
    this.#show([el("p", { class: "empty", text: t("nothing_yet") })], false);
  }

  lower() {
    this.root.classList.remove("raised");
  }

  #show(parts, raise) {
    this.root.replaceChildren(...parts.filter(Boolean));
    if (raise) this.root.classList.add("raised");
    this.root.scrollTop = 0;
  }

  /** What somebody on the way sees; stays folded or not from line to line. */
  #looks(entry, others) {
    if (!entry.text) return null;
    const box = el(
      "details",
      { class: "on-the-wire", open: this.eavesdrops },
      el("summary", {}, icon("eye"), " ", t("eavesdrop")),
      wireLooks(entry, others),
    );
    box.addEventListener("toggle", () => (this.eavesdrops = box.open));
    return box;
  }

  #head(title, selected) {
    const head = el("div", { class: "explain-head" }, el("h2", {}, rich(title)));
    const close = () => {
      this.lower();
      this.onClose();
    };
    if (selected)
      head.append(
        el(
          "button",
          { class: "quiet follow", type: "button", title: "Esc", onclick: close },
          icon("down"),
          t("follow"),
        ),
      );
    head.append(
      el(
        "button",
        { class: "quiet sheet-close", type: "button", onclick: close },
        icon("close"),
        t("close"),
      ),
    );
    return head;
  }
}

function section(key, text) {
  return text ? el("p", { class: key }, el("strong", { text: t(key) }), " ", rich(text)) : null;
}

/** What both sides agreed on, each with its meaning; a certificate only where it was shown. */
function handshake({ handshake: agreed }) {
  if (!agreed) return null;
  return el(
    "dl",
    { class: "agreed" },
    ...HANDSHAKE.filter((name) => agreed[name]).flatMap((name) => [
      el("dt", {}, `${t(`tls_${name}`)} `, el("code", { text: agreed[name] })),
      el("dd", {}, rich(t(`tls_${name}_text`, agreed))),
    ]),
  );
}

function remarkBox(remark) {
  return el(
    "div",
    { class: "remark" },
    el("strong", {}, icon("tutor"), " ", rich(remark.title || t("tutor"))),
    el("p", {}, rich(remark.text)),
  );
}

function facts(entry) {
  const end = entry.line_end
    ? t("ends_with", { end: entry.line_end === "CRLF" ? "CR LF" : "LF" })
    : t("ends_not");
  const link = entry.rfc_url
    ? el(
        "a",
        { href: entry.rfc_url, rel: "noreferrer", target: "_blank" },
        entry.rfc,
        " ",
        icon("out"),
      )
    : entry.rfc;
  return el(
    "p",
    { class: "facts" },
    link || null,
    el("span", { text: t("line_number", { n: entry.seq }) }),
    el("span", { text: t("at_second", { n: clock(entry.time) }) }),
    entry.text ? el("span", { text: tn("octets", octetsOf(entry)) }) : null,
    entry.text ? el("span", { text: end }) : null,
  );
}

function more(entry) {
  return entry.more
    ? el("details", {}, el("summary", { text: t("more") }), el("p", {}, rich(entry.more)))
    : null;
}

function actions(entry, url) {
  if (!entry.text && !url) return null;
  const [start, end] = entry.secret ?? [0, 0];
  const text = entry.secret
    ? entry.text.slice(0, start) + "•••" + entry.text.slice(end)
    : entry.text;
  const bar = el("div", { class: "actions" });
  bar.append(
    el(
      "button",
      { class: "quiet", type: "button", onclick: () => copy(text) },
      icon("copy"),
      t("copy_line"),
    ),
  );
  if (url)
    bar.append(
      el(
        "button",
        { class: "quiet", type: "button", onclick: () => copy(url, t("link_copied")) },
        icon("link"),
        t("copy_link"),
      ),
    );
  const meaning = decodeBase64(entry.text);
  if (meaning) {
    const button = el("button", { class: "quiet", type: "button", text: t("decode") });
    button.addEventListener("click", () =>
      button.replaceWith(
        el("p", { class: "decoded" }, t("decoded"), " ", el("code", { text: meaning })),
      ),
    );
    bar.append(button);
  }
  return bar;
}

export function plain(text) {
  return text.replaceAll("`", "");
}
