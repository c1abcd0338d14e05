/** What every page has: theme, projector mode, copy buttons, tabs. */

import { toast } from "./dom.js";
import { belongTo } from "./kept.js";
import { t } from "./strings.js";

const root = document.documentElement;

if ("guest" in root.dataset) belongTo(root.dataset.guest);

function remember(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // storage is forbidden: it holds for this page only
  }
}

function isDark() {
  return root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
}

document.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const theme = isDark() ? "light" : "dark";
  if (theme === system) delete root.dataset.theme;
  else root.dataset.theme = theme;
  remember("theme", theme === system ? "" : theme);
});

const projector = document.querySelector("[data-projector-switch]");
projector?.setAttribute("aria-pressed", String("projector" in root.dataset));
projector?.addEventListener("click", () => {
  const on = root.toggleAttribute("data-projector");
  projector.setAttribute("aria-pressed", String(on));
  remember("projector", on ? "1" : "");
});

// The page may have moved on since it came: other doors, a second console, another line.
document.querySelector(".languages")?.addEventListener("submit", ({ target }) => {
  target.elements.next.value = location.pathname + location.search + location.hash;
});

// On a phone the menu is wider than the screen.
document
  .querySelector(".top nav [aria-current]")
  ?.scrollIntoView({ block: "nearest", inline: "center" });

/** @param {string} text @param {string} [said] */
export async function copy(text, said = t("copied")) {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    copyByHand(text) ? toast(said) : toast(t("copy_failed"), "error");
  }
}

/** Over plain http a browser has no clipboard API but on this machine itself. */
function copyByHand(text) {
  const area = document.createElement("textarea");
  const focused = document.activeElement;
  area.value = text;
  area.className = "sr";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}

/** On a projector another text may stand in place of one's own. @param {HTMLElement} own */
function shown(own) {
  const other = "projector" in root.dataset && own.closest(".snippet").querySelector(".on-projector");
  return (other || own).textContent;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (button)
    copy(button.dataset.copy ?? shown(document.getElementById(button.dataset.copyFrom)));
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener(
  "keydown",
  (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  },
  true,
);

for (const list of document.querySelectorAll('[role="tablist"]')) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const choose = (tab) => {
    for (const one of tabs) {
      one.setAttribute("aria-selected", String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = one !== tab;
    }
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const tab = tabs.at((tabs.indexOf(document.activeElement) + step) % tabs.length);
    choose(tab);
    tab.focus();
  });
  choose(tabs[0]);
}
