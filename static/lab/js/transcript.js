/** A transcript's own page: the same conversation, to read; live while it goes on. */

import { pageData } from "./dom.js";
import { Explain } from "./explain.js";
import { LabSocket } from "./socket.js";
import { t } from "./strings.js";
import { ConversationView } from "./view.js";

const main = document.getElementById("main");
const conversation = pageData("conversation");
const protocol = pageData("protocols").find(({ name }) => name === conversation.protocol);
const explain = new Explain(document.getElementById("explain"));
const view = new ConversationView(protocol, explain);
view.parts.you.textContent = t("client");
document.getElementById("stage").replaceChildren(view.root);
view.start(conversation);
view.add(pageData("entries"));

if ("live" in main.dataset) {
  const socket = new LabSocket();
  const last = () => Math.max(0, ...view.lanes.entries.keys());
  const { dot } = view.parts;
  socket.addEventListener("down", () => dot.dataset.is === "open" && view.setStatus("connecting"));
  socket.addEventListener("up", () => {
    if (dot.dataset.is === "connecting") view.setStatus("open");
    socket.send({ do: "since", conversation: conversation.id, seq: last() });
  });
  socket.addEventListener(
    "entries",
    ({ detail }) => detail.conversation === conversation.id && view.add(detail.entries),
  );
  socket.addEventListener(
    "closed",
    ({ detail }) => detail.conversation === conversation.id && view.setStatus("closed"),
  );
  socket.connect();
}

addEventListener("hashchange", () => {
  const line = /^#L(\d+)$/.exec(location.hash);
  if (line) view.select(Number(line[1]));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    explain.lower();
    view.follow();
  } else if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    event.preventDefault();
    view.move(event.key === "ArrowUp" ? -1 : 1);
  }
});
