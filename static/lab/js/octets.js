/** Octets, dots and base64: what text becomes on the wire. No DOM here. */

const utf8 = new TextEncoder();

/** @param {string} text */
export function crlf(text) {
  return text.replace(/\r\n|\r|\n/g, "\r\n");
}

/** Octets of a text with CRLF line ends. @param {string} text */
export function octetCount(text) {
  return utf8.encode(crlf(text)).length;
}

/**
 * A message on its way: a dot before each line that begins with one, a line end at the end (RFC 5321 4.5.2).
 * @param {string} text
 */
export function stuffed(text) {
  const lines = text
    .replace(/\r\n|\r/g, "\n")
    .replace(/\n$/, "")
    .split("\n");
  return lines.map((line) => (line.startsWith(".") ? `.${line}` : line)).join("\n") + "\n";
}

/** @param {string} text */
export function dotLines(text) {
  return text.split(/\r\n|\r|\n/).filter((line) => line.startsWith(".")).length;
}

/** Characters of one frame: of four octets each they stay below what the lab takes at once. */
const PIECE = /[^]{1,8000}/gu;

/** A long text in pieces that the websocket takes. @param {string} text @returns {string[]} */
export function pieces(text) {
  return text.match(PIECE) ?? [];
}

/** `\0` stands for NUL. @param {string} text */
export function toBase64(text) {
  const octets = utf8.encode(text.replaceAll("\\0", "\0"));
  return btoa(String.fromCharCode(...octets));
}

const WORD =
  /=\?([^?\s]+)\?[bB]\?([A-Za-z0-9+/=]+)\?=|(?<![A-Za-z0-9+/=])([A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9+/=])/g;

/**
 * The readable meaning of base64 in a line, NUL as `\\0`, as the helper takes it; "" if there is none.
 * @param {string} line
 */
export function decodeBase64(line) {
  const found = [];
  for (const [, charset, encoded, word] of line.matchAll(WORD)) {
    const text = decoded(encoded ?? word, charset ?? "utf-8");
    if (text) found.push(text);
  }
  return found.join("\n");
}

function decoded(word, charset) {
  if (word.length % 4) return "";
  try {
    const octets = Uint8Array.from(atob(word), (char) => char.charCodeAt(0));
    const text = new TextDecoder(charset, { fatal: true }).decode(octets);
    return /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/.test(text) ? "" : text.replaceAll("\0", "\\0");
  } catch {
    return "";
  }
}
