/** A conversation as text: C: and S: lines, passwords covered. */

import { el } from "./dom.js";

/** @param {Iterable<import("./types.js").Entry>} entries */
export function dialogText(entries) {
  return [...entries]
    .filter((entry) => entry.side !== "-" || entry.kind === "elided")
    .map((entry) =>
      entry.kind === "elided" ? `# ${entry.short}` : `${entry.side}: ${covered(entry)}`,
    )
    .join("\n")
    .concat("\n");
}

function covered({ text, secret }) {
  return secret
    ? text.slice(0, secret[0]) + "•".repeat(secret[1] - secret[0]) + text.slice(secret[1])
    : text;
}

/** @param {string} name @param {string} text */
export function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
