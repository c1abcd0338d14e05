/** The watch page: the owner's conversations live, whoever opened them. */

import { el, icon, pageData, toast } from "./dom.js";
import { Explain } from "./explain.js";
import { LabSocket } from "./socket.js";
import { t } from "./strings.js";
import { ConversationView } from "./view.js";

const protocols = new Map(pageData("protocols").map((protocol) => [protocol.name, protocol]));
const socket = new LabSocket();
const explain = new Explain(document.getElementById("explain"));
const list = document.getElementById("calls");
const past = document.getElementById("past");
const stage = document.getElementById("stage");
const nobody = document.getElementById("nobody");
const lost = document.getElementById("lost");
/** So that the ids fit into one frame. */
const MAX_KNOWN = 1000;
/** @type {Map<string, {conversation: any, entries: Map<number, any>, item: HTMLElement, link: HTMLElement}>} */
const calls = new Map();
let view = null;
let chosen = null;
let byHand = false;

function call(conversation) {
  const known = calls.get(conversation.id) ?? begin(conversation);
  known.conversation = conversation;
  describe(known);
  file(known);
  if (chosen === conversation.id) view.update(conversation);
  if (!chosen || (!byHand && !known.shown && !conversation.closed)) choose(conversation.id);
  known.shown = true;
}

function begin(conversation) {
  const link = el("button", {
    class: "call",
    type: "button",
    onclick: () => choose(conversation.id, true),
  });
  link.dataset.id = conversation.id;
  const known = { conversation, entries: new Map(), item: el("li", {}, link), link };
  calls.set(conversation.id, known);
  past.querySelector(`a.call[href="${conversation.url}"]`)?.parentElement.remove();
  return known;
}

/** Put it on top of its list: what goes on now, or what is over. */
function file({ conversation, item }) {
  const home = conversation.closed ? past : list;
  if (item.parentElement !== home) home.prepend(item);
  past.closest("section").hidden = !past.childElementCount;
  nobody.hidden = list.childElementCount > 0;
}

/** The time of day where the browser is, or the day if it is not today. @param {string} moment ISO 8601 */
function when(moment) {
  const [then, { lang }] = [new Date(moment), document.documentElement];
  if (then.toDateString() === new Date().toDateString())
    return then.toLocaleTimeString(lang, { timeStyle: "medium", hourCycle: "h23" });
  const day = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return then.toLocaleString(lang, { ...day, hourCycle: "h23" });
}

for (const time of past.querySelectorAll("time"))
  time.textContent = when(time.dateTime);

function describe({ conversation, link }) {
  const dot = el("span", { class: "dot" });
  dot.dataset.is = conversation.closed ? "closed" : "open";
  link.replaceChildren(
    dot,
    el(
      "strong",
      {},
      conversation.title,
      conversation.tls ? " " : "",
      conversation.tls ? icon("lock") : null,
      conversation.tls ? el("span", { class: "sr", text: `, ${conversation.tls}` }) : null,
      conversation.closed ? "" : el("span", { class: "sr", text: `, ${t("live")}` }),
    ),
    el("span", { class: "when", text: when(conversation.opened) }),
    el(
      "span",
      { class: "who" },
      ...whose(conversation),
      " ",
      conversation.origin === "outside"
        ? el("span", { class: "chip outside", text: t("outside") })
        : null,
    ),
  );
}

/** The account; for the staff, who sees everybody's, also who sits at the console. */
function whose({ account, guest }) {
  const known = "staff" in list.dataset && guest && guest !== account;
  return [
    known ? el("span", { class: "personal guest", text: guest }) : null,
    known ? " " : null,
    el("span", { class: "personal", text: account || t("not_logged_in") }),
  ];
}

function choose(id, hand = false) {
  byHand ||= hand;
  if (chosen === id) return;
  chosen = id;
  const known = calls.get(id);
  for (const [one, { link }] of calls) link.setAttribute("aria-current", String(one === id));
  view = new ConversationView(protocols.get(known.conversation.protocol), explain);
  view.parts.you.textContent = t("client");
  stage.replaceChildren(view.root);
  view.start(known.conversation);
  view.add([...known.entries.values()]);
}

/** The ids of what this page takes for open: while it was cut off, they may have ended. */
function goingOn() {
  const all = [...calls.values()].map(({ conversation }) => conversation);
  return all.filter(({ closed }) => !closed).map(({ id }) => id);
}

function on(type, heed) {
  socket.addEventListener(type, ({ detail }) => heed(detail));
}

on("conversation", (message) => call(message.conversation));
on("entries", ({ conversation, entries }) => {
  const known = calls.get(conversation);
  if (!known) return;
  for (const entry of entries) known.entries.set(entry.seq, entry);
  if (chosen === conversation) view.add(entries);
});
on("closed", ({ conversation }) => {
  const known = calls.get(conversation);
  if (known) call({ ...known.conversation, closed: true });
});
on("error", (message) => toast(message.text, "error"));
socket.addEventListener("up", () => {
  lost.hidden = true;
  socket.send({ do: "watch", known: goingOn().slice(0, MAX_KNOWN) });
});
socket.addEventListener("down", () => (lost.hidden = false));

document.addEventListener("keydown", (event) => {
  if (!view || event.target.matches("input, textarea, select")) return;
  if (event.key === "Escape") {
    explain.lower();
    view.follow();
  } else if (event.altKey && event.key.startsWith("Arrow")) {
    view.move(event.key === "ArrowUp" ? -1 : 1);
  }
});

socket.connect();
