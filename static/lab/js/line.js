/** One line of the wire as an element: its text, outcome, tag, secret and line end. */

import { el, icon, rich } from "./dom.js";
import { number, t } from "./strings.js";

/** The word of a reply that says how it went: +OK, -ERR, 250, `a1 OK`, `* BYE`. */
const STATUS = /^(?:(\+OK|-ERR|[2-5]\d\d)(?=[\s-]|$)|(?:[^\s+]+) (OK|NO|BAD|BYE|PREAUTH)(?= |$))/;
const LONG = 400;

/**
 * @param {import("./types.js").Entry} entry
 * @param {{href: string, tagged: boolean}} options
 * @returns {HTMLElement} a link to the line itself
 */
export function rawLine(entry, { href, tagged }) {
  const link = el("a", { class: `raw ${entry.kind}`, href, tabindex: -1, draggable: "false" });
  link.dataset.seq = entry.seq;
  if (tagged) link.dataset.tagged = "";
  if (entry.line_end) link.dataset.end = entry.line_end === "CRLF" ? "CR LF" : "LF";
  if (entry.text.length > LONG) link.classList.add("long");
  showLine(link, entry, false);
  return link;
}

/**
 * The line as the two talk, or as somebody on the way sees it.
 * @param {HTMLElement} link @param {import("./types.js").Entry} entry @param {boolean} eavesdrops
 */
export function showLine(link, entry, eavesdrops) {
  link.replaceChildren();
  if (eavesdrops && entry.sealed)
    link.append(el("span", { class: "octets", text: `${entry.sealed.head} …` }));
  else if (entry.secret) fillSecret(link, entry, entry.secret, eavesdrops);
  else fill(link, entry, "tagged" in link.dataset);
}

/** @param {HTMLElement} node @param {import("./types.js").Entry} entry */
function fill(node, entry, tagged) {
  const tag = tagged ? /^[^\s*+]+(?= )/.exec(entry.text)?.[0] : "";
  const found = entry.outcome ? STATUS.exec(entry.text) : null;
  const status = found?.[1] ?? found?.[2];
  const marks = [];
  if (tag && ["command", "reply"].includes(entry.kind)) marks.push([0, tag.length, "tag"]);
  if (status) {
    const start = found[1] ? 0 : found[0].length - status.length;
    marks.push([start, start + status.length, entry.outcome === "success" ? "good" : "bad"]);
  }
  let position = 0;
  for (const [start, end, name] of marks) {
    node.append(
      entry.text.slice(position, start),
      el("span", { class: name, text: entry.text.slice(start, end) }),
    );
    position = end;
  }
  node.append(entry.text.slice(position));
}

function fillSecret(node, entry, [start, end], shown) {
  const hidden = entry.text.slice(start, end);
  node.replaceChildren(
    entry.text.slice(0, start),
    shown
      ? el("span", { class: "revealed", text: hidden })
      : el(
          "span",
          { class: "masked" },
          "•".repeat(Math.min(Math.max(hidden.length, 3), 16)),
          el("span", { class: "sr", text: t("secret") }),
        ),
    entry.text.slice(end),
  );
}

/**
 * How a password crossed the wire, for the owner with a switch.
 * @param {{entry: import("./types.js").Entry, link: HTMLElement, reset?: () => void}} line
 *   gets a `reset` that covers the password again
 */
export function secretNote(line) {
  const { entry, link } = line;
  const [start, end] = entry.secret;
  const known = !/^•*$/.test(entry.text.slice(start, end));
  const note = el(
    "p",
    { class: "meaning" },
    icon(entry.sealed ? "lock" : "eye"),
    " ",
    t(entry.sealed ? "in_seal" : "in_clear"),
  );
  if (!known) return note;
  const show = t(entry.sealed ? "show_secret" : "eavesdropper");
  let shown = false;
  const button = el("button", { class: "link", type: "button" });
  const turn = (on) => {
    shown = on;
    button.textContent = shown ? t("hide_secret") : show;
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => {
    turn(!shown);
    fillSecret(link, entry, entry.secret, shown);
  });
  turn(false);
  line.reset = () => turn(false);
  note.append(el("span", { class: "reveal" }, " · ", button));
  return note;
}

/** A switch for a line of thousands of characters. */
export function longNote(link, entry) {
  const button = el("button", {
    class: "link",
    type: "button",
    text: t("show_long", { n: number(entry.text.length) }),
  });
  button.addEventListener("click", () => {
    const open = link.classList.toggle("open");
    button.textContent = open ? t("fold_lines") : t("show_long", { n: number(entry.text.length) });
  });
  return el("p", { class: "meaning" }, button);
}

/** @param {import("./types.js").Remark} remark */
export function remarkLine(remark) {
  return el(
    "p",
    { class: "aside-remark" },
    icon("tutor"),
    " ",
    el("span", { class: "sr", text: `${t("tutor")}: ` }),
    rich(remark.text),
  );
}
