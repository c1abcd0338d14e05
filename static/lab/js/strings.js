/** The scripts' own words, in the page's language: they stand in the template `strings`. */

const texts = new Map(
  [...document.getElementById("strings").content.querySelectorAll("[data-key]")].map((node) => [
    node.dataset.key,
    node.textContent,
  ]),
);
const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);
const decimals = [0, 1, 2].map(
  (digits) =>
    new Intl.NumberFormat(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }),
);

/** @param {string} key @param {Record<string, any>} [values] */
export function t(key, values = {}) {
  return (texts.get(key) ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "…");
}

/** `key_one` or `key_other`. @param {string} key @param {number} n */
export function tn(key, n) {
  return t(`${key}_${plural.select(n) === "one" ? "one" : "other"}`, { n: number(n) });
}

/** @param {number} value */
export function number(value) {
  return decimals[0].format(value);
}

/** Seconds since the connection opened: 0.00, 15.3, 128. @param {number} seconds */
export function clock(seconds) {
  return decimals[seconds < 10 ? 2 : seconds < 100 ? 1 : 0].format(seconds);
}
