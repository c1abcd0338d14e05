/** Small helpers for building elements. Text from the wire only ever becomes text nodes. */

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] attributes; `on…` listeners; `text` for the content
 * @param {...(Node|string|null|undefined)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** An icon of the sprite. @param {string} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** `backticks` become <code>. @param {string} text @returns {DocumentFragment} */
export function rich(text) {
  const fragment = document.createDocumentFragment();
  text.split("`").forEach((part, index) => {
    if (part) fragment.append(index % 2 ? el("code", { text: part }) : part);
  });
  return fragment;
}

/** All [data-ref] of a root by name. @param {ParentNode} root @returns {Record<string, any>} */
export function refs(root) {
  return Object.fromEntries(
    [...root.querySelectorAll("[data-ref]")].map((node) => [node.dataset.ref, node]),
  );
}

/** The content of a json_script. @param {string} id @param {any} [missing] */
export function pageData(id, missing = null) {
  const node = document.getElementById(id);
  return node ? JSON.parse(node.textContent) : missing;
}

/** A word to everybody on the page. @param {string} text @param {"error"|""} [kind] */
export function toast(text, kind = "") {
  const box = document.getElementById("toasts");
  const node = el("div", { class: `toast ${kind}` }, rich(text));
  box.append(node);
  setTimeout(() => node.remove(), kind ? 8000 : 2500);
}
