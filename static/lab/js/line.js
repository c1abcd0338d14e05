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
  if (entry.line_end) link.dataset.end = entry.line_end === "CRLF" ? "CR LF" : "LF";
  fill(link, entry, tagged);
  if (entry.text.length > LONG) link.classList.add("long");
  return link;
}

/** @param {HTMLElement} node @param {import("./types.js").Entry} entry */
function fill(node, entry, tagged) {
  if (entry.secret) return fillSecret(node, entry, entry.secret, false);
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

/** "crossed the wire in clear", for the owner with a switch. */
export function secretNote(link, entry) {
  const [start, end] = entry.secret;
  const known = !/^•*$/.test(entry.text.slice(start, end));
  const note = el("p", { class: "meaning" }, icon("eye"), " ", t("in_clear"));
  if (!known) return note;
  let shown = false;
  const button = el("button", {
    class: "link",
    type: "button",
    text: t("eavesdropper"),
    "aria-pressed": "false",
  });
  button.addEventListener("click", () => {
    shown = !shown;
    fillSecret(link, entry, entry.secret, shown);
    button.textContent = t(shown ? "hide_secret" : "eavesdropper");
    button.setAttribute("aria-pressed", String(shown));
  });
  note.append(" · ", button);
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
