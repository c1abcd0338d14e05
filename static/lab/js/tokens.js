/** What each word of a line means: underlined in the line, tied to a list. */

import { el, rich } from "./dom.js";

const HUES = 6;

/**
 * The line with its tokens underlined, and the list of what they mean.
 * @param {import("./types.js").Entry} entry
 * @returns {(HTMLElement|null)[]}
 */
export function tokens(entry) {
  if (!entry.text) return [];
  const shown = el("div", { class: "line-shown", tabindex: entry.text.length > 300 ? 0 : null });
  const parts = entry.tokens
    .filter((token) => token.end > token.start)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const list = el("dl", { class: "tokens" });
  const pairs = parts.map((token, index) => {
    const word = secretSafe(entry, token);
    const term = el(
      "div",
      { class: `hue-${index % HUES}` },
      el("dt", { text: word }),
      el("dd", {}, rich(token.text)),
    );
    list.append(term);
    return { token, term, marks: [], hue: index % HUES };
  });
  let position = 0;
  for (const edge of edges(entry, parts)) {
    const text = secretSafe(entry, { start: position, end: edge });
    const pair = pairs.findLast(({ token }) => token.start <= position && edge <= token.end);
    const node = pair ? el("span", { class: `token hue-${pair.hue}`, text }) : text;
    if (pair) pair.marks.push(node);
    shown.append(node);
    position = edge;
  }
  for (const { term, marks } of pairs) tie([term, ...marks]);
  return [shown, parts.length ? list : null];
}

/** The word and its meaning light up together. @param {HTMLElement[]} nodes */
function tie(nodes) {
  const light = (on) => nodes.forEach((node) => node.classList.toggle("lit", on));
  for (const node of nodes) {
    node.addEventListener("pointerenter", () => light(true));
    node.addEventListener("pointerleave", () => light(false));
  }
}

/** Where the line has to be cut so that each piece lies in the same tokens. */
function edges(entry, tokens) {
  const all = [...tokens.flatMap(({ start, end }) => [start, end]), ...(entry.secret ?? [])];
  const inside = all.filter((edge) => edge > 0 && edge < entry.text.length);
  return [...new Set([...inside, entry.text.length])].sort((a, b) => a - b);
}

/** A piece of the line; a password stays covered here too. */
function secretSafe(entry, { start, end }) {
  const [from, to] = entry.secret ?? [0, 0];
  if (end <= from || start >= to) return entry.text.slice(start, end);
  return (
    entry.text.slice(start, Math.max(from, start)) +
    "•".repeat(Math.min(to - from, 12)) +
    entry.text.slice(Math.min(to, end), end)
  );
}
