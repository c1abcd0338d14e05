/** What somebody on the way sees of a line: the line itself, or the octets of a TLS record. */

import { el, rich } from "./dom.js";
import { decodeBase64, octetCount } from "./octets.js";
import { number, t, tn } from "./strings.js";

/** Type, version and length before the sealed octets (RFC 8446 5.1). */
const HEADER = 5;
/** What TLS 1.3 seals beside the text: an octet for the type, 16 against changes (RFC 8446 5.2). */
const ADDED = 17;
/** Content types that come while two talk. */
const TYPES = ["14", "15", "16", "17"];

/** @param {import("./types.js").Entry} entry */
export function octetsOf(entry) {
  return octetCount(entry.text) + entry.line_end.length / 2;
}

/** What a base64 line of a login says, for whoever may read it. @param {import("./types.js").Entry} entry */
export function encoded(entry) {
  if (entry.secret) return decodeBase64(entry.text.slice(...entry.secret));
  return /auth/i.test(entry.id) ? decodeBase64(entry.text) : "";
}

/** @returns {HTMLElement|null} what base64 hides: nothing */
export function encodedNote(entry) {
  const meaning = encoded(entry);
  return meaning ? el("span", {}, t("base64_open"), " ", el("code", { text: meaning })) : null;
}

/** @param {number} others lines in the same piece */
export function sealedNote(entry, others) {
  const size = t("sealed_octets", { n: number(entry.sealed.octets) });
  return others ? `${size} · ${tn("with_lines", others)}` : size;
}

/** Both looks of a line, for the explanation. @param {number} others lines in the same piece */
export function wireLooks(entry, others) {
  const sealed = entry.sealed ?? computed(entry);
  return el(
    "dl",
    { class: "looks" },
    el("dt", { text: t("without_tls") }),
    el("dd", {}, el("code", { class: "look" }, ...marked(entry)), encodedNote(entry)),
    el("dt", { text: t("with_tls") }),
    el(
      "dd",
      {},
      el("code", { class: "look octets", text: `${sealed.head} …` }),
      record(sealed),
      el("p", { text: entry.sealed ? sealedNote(entry, others) : t("computed") }),
    ),
  );
}

/** The record that TLS 1.3 would make of a line that crossed in the clear. */
function computed(entry) {
  const length = octetsOf(entry) + ADDED;
  const hex = length.toString(16).padStart(4, "0");
  return { octets: HEADER + length, head: `17 03 03 ${hex.slice(0, 2)} ${hex.slice(2)}` };
}

/**
 * What the first octets of a record mean; old transcripts may have kept the middle of one.
 * @param {{head: string}} sealed
 */
function record({ head }) {
  const octets = head.split(" ");
  if (octets.length < HEADER) return null;
  const length = parseInt(octets[3] + octets[4], 16);
  const rows = [
    [octets[0], t(TYPES.includes(octets[0]) ? `record_${octets[0]}` : "record_other")],
    [octets.slice(1, 3).join(" "), t("record_version")],
    [octets.slice(3, HEADER).join(" "), t("record_length", { n: number(length) })],
    ["…", t("record_rest")],
  ];
  return el(
    "dl",
    { class: "tokens" },
    ...rows.map(([word, text], hue) =>
      el("div", { class: `hue-${hue}` }, el("dt", { text: word }), el("dd", {}, rich(text))),
    ),
  );
}

function marked({ text, secret }) {
  if (!secret) return [text];
  const [start, end] = secret;
  const password = el("span", { class: "revealed", text: text.slice(start, end) });
  return [text.slice(0, start), password, text.slice(end)];
}
