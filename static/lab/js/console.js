/** The console page: panes on one mailbox, one websocket, one explanation. */

import { el, icon, pageData, toast } from "./dom.js";
import { Explain } from "./explain.js";
import { MailboxPanel } from "./mailbox.js";
import { Pane } from "./pane.js";
import { Reader } from "./reader.js";
import { LabSocket } from "./socket.js";
import { t } from "./strings.js";

const MAX_PANES = 2;
const desk = document.getElementById("main");
const protocols = new Map(pageData("protocols").map((protocol) => [protocol.name, protocol]));
const socket = new LabSocket();
const explain = new Explain(document.getElementById("explain"));
const mailbox = new MailboxPanel(document.getElementById("mailbox"));
new Reader(document.getElementById("message"), mailbox);
/** @type {Pane[]} */
const panes = [];
let active = null;

function activate(pane) {
  if (active === pane) return;
  active = pane;
  for (const one of panes) one.view.active = one === pane;
}

/** @param {string} name of the protocol @param {string} door name of its service */
function add(name, door) {
  const id = panes.some((pane) => pane.id === "a") ? "b" : "a";
  const pane = new Pane(id, protocols.get(name), door, {
    socket,
    explain,
    onActive: activate,
    onDoor: () => history.pushState(null, "", address()),
    onShut: shut,
  });
  panes.push(pane);
  document.getElementById("panes").append(pane.root);
  arrange();
  activate(pane);
  if (socket.up) pane.begin();
}

function shut(pane) {
  pane.shut();
  panes.splice(panes.indexOf(pane), 1);
  arrange();
  activate(panes[0]);
  panes[0].parts.input.focus();
}

/** This page with the doors of its panes. */
function address() {
  const url = new URL(location.href);
  const [{ protocol, door: first }, second] = panes;
  url.pathname = `/console/${protocol.name}/`;
  const wanted = {
    service: first === protocol.name ? null : first,
    beside: second?.door,
    play: null, // once is enough: a reload goes on with the conversation
  };
  for (const [name, door] of Object.entries(wanted)) {
    if (door) url.searchParams.set(name, door);
    else url.searchParams.delete(name);
  }
  return url;
}

/** Back and forward: the doors that the address names. */
addEventListener("popstate", () => {
  const { searchParams, pathname } = new URL(location.href);
  const named = [searchParams.get("service") ?? pathname.split("/")[2], searchParams.get("beside")];
  panes.forEach((pane, index) => {
    if (pane.protocol.services.some(({ name }) => name === named[index])) pane.enter(named[index]);
  });
  arrange();
});

/** Layout, address and the buttons that depend on the number of panes. */
function arrange() {
  desk.dataset.panes = panes.length;
  panes.forEach((pane, index) => pane.sit(index));
  history.replaceState(history.state, "", address());
  for (const pane of panes) {
    pane.parts.shut.hidden = panes.length === 1;
    pane.parts.beside.hidden = panes.length >= MAX_PANES;
    pane.parts.besideList.replaceChildren(
      ...[...protocols.values()].map((protocol) => besideItem(pane, protocol)),
    );
  }
}

function besideItem(pane, protocol) {
  const open = () => {
    pane.parts.beside.open = false;
    add(protocol.name, protocol.name);
  };
  return el(
    "li",
    {},
    el(
      "button",
      { class: "quiet", type: "button", "data-beside": protocol.name, onclick: open },
      icon("beside"),
      t("pane_title", protocol),
    ),
  );
}

function paneOf({ conversation }) {
  return panes.find((pane) => pane.view.conversation?.id === conversation);
}

function on(type, heed) {
  socket.addEventListener(type, ({ detail }) => heed(detail));
}

on("opened", (message) =>
  panes.find(({ id }) => id === message.pane)?.opened(message.conversation),
);
on("resumed", (message) =>
  panes.find(({ id }) => id === message.pane)?.resumed(message.conversation),
);
on("gone", (message) => panes.find(({ id }) => id === message.pane)?.gone(message.conversation));
on("entries", (message) => {
  const pane = paneOf(message);
  if (pane && !active?.view.selected) activate(pane);
  pane?.add(message.entries);
});
on("conversation", (message) => {
  const pane = paneOf({ conversation: message.conversation.id });
  pane?.view.update(message.conversation);
});
on("closed", (message) => paneOf(message)?.closed());
on("waiting", (message) => paneOf(message)?.hold(message.on));
on("mailbox", (message) => mailbox.show(message.mailbox));
on("error", ({ text, refused }) => {
  const pane = panes.find(({ id }) => id === refused);
  if (pane) pane.refused(text);
  else toast(text, "error");
});
socket.addEventListener("up", () => {
  for (const pane of panes) pane.lost(false);
  socket.send({ do: "mailbox" });
});
socket.addEventListener("down", () => panes.forEach((pane) => pane.lost(true)));

document.querySelector("[data-reset]").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const body = new FormData(event.target);
    const answer = await fetch(event.target.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(answer.statusText);
    toast(t("was_reset"));
    socket.send({ do: "mailbox" });
  } catch {
    toast(t("reset_failed"), "error");
  }
});

const shortcuts = document.getElementById("shortcuts");
document.querySelector("[data-shortcuts]").addEventListener("click", () => shortcuts.showModal());

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.defaultPrevented) return;
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "Escape") {
    explain.lower();
    active.view.follow();
    active.parts.input.focus({ preventScroll: true });
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    active.view.move(event.key === "ArrowUp" ? -1 : 1);
  } else if (!typing && event.key === "/") {
    event.preventDefault();
    active.parts.input.focus();
  } else if (!typing && event.key === "?") {
    shortcuts.showModal();
  }
});

const wanted = new URLSearchParams(location.search).get("play");
add(desk.dataset.protocol, desk.dataset.service);
if (protocols.has(desk.dataset.beside)) add(desk.dataset.beside, desk.dataset.besideService);
activate(panes[0]);
socket.connect();

const session = pageData("sessions", []).find(({ id }) => id === wanted);
if (session?.protocol === panes[0].protocol.name) panes[0].samples.play(session, false);
