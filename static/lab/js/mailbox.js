/** What the server holds, as it holds it; a change flashes once. */

import { el, icon, refs } from "./dom.js";
import { number, t, tn } from "./strings.js";

export class MailboxPanel {
  #known = new Map();
  #closed = new Set();
  #opened = new Set(["INBOX"]);

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.parts = refs(root);
  }

  /** @param {{address: string, own: boolean, locked: boolean, folders: any[]}} mailbox */
  show(mailbox) {
    const known = this.#known;
    const moved = this.address !== mailbox.address;
    this.#known = new Map();
    const focused = this.#focused();
    this.address = mailbox.address;
    this.own = mailbox.own;
    this.parts.title.replaceChildren(
      t("holds"),
      el("span", { class: "personal", text: ` · ${mailbox.address}` }),
    );
    this.parts.lock.hidden = !mailbox.locked;
    this.parts.lock.replaceChildren(icon("lock"), t("locked"));
    const sole = mailbox.folders.length === 1;
    this.parts.folders.replaceChildren(
      ...mailbox.folders.map((folder) => this.#folder(folder, sole, moved ? null : known)),
    );
    htmx.process(this.parts.folders);
    if (focused) this.focus(focused);
  }

  /** The path of the message whose link has the focus. */
  #focused() {
    const link = document.activeElement;
    return this.parts.folders.contains(link) ? link.getAttribute("href") : null;
  }

  /** Rows are made anew at every change: the focus goes by path. @param {string} path */
  focus(path) {
    const links = [...this.parts.folders.querySelectorAll("a")];
    links.find((link) => link.getAttribute("href") === path)?.focus({ preventScroll: true });
  }

  #folder(folder, sole, known) {
    const open = sole || this.#opened.has(folder.name);
    const box = el("details", { class: "folder", open });
    box.addEventListener("toggle", () =>
      box.open ? this.#opened.add(folder.name) : this.#opened.delete(folder.name),
    );
    const count = `${tn("messages", folder.total)}, ${t("unseen_count", { n: number(folder.unseen) })}`;
    box.append(el("summary", {}, el("strong", { text: folder.name }), count));
    if (!folder.messages.length) box.append(el("p", { class: "empty", text: t("empty_folder") }));
    else box.append(this.#table(folder, known));
    if (folder.messages.length < folder.total)
      box.append(
        el("p", { class: "empty", text: t("folder_rest", { n: number(folder.messages.length) }) }),
      );
    return box;
  }

  #table(folder, known) {
    const heads = ["number", "from", "subject", "octets"].map((key) =>
      el("th", {
        scope: "col",
        text: key === "number" ? "#" : t(key),
        "aria-label": key === "number" ? t(key) : null,
      }),
    );
    const rows = folder.messages.map((message) => this.#message(folder, message, known));
    return el(
      "table",
      { class: "mails" },
      el("thead", {}, el("tr", {}, ...heads)),
      el("tbody", {}, ...rows),
    );
  }

  /** A link where the message may be read: in the guest's own mailboxes. */
  #subject(folder, { uid, subject }) {
    if (!this.own) return el("span", { text: subject });
    const path = `/mailbox/${[this.address, folder.name, uid].map(encodeURIComponent).join("/")}/`;
    const link = el("a", { href: path, "hx-get": path, text: subject || t("no_subject") });
    link.addEventListener("click", leaveToBrowser);
    return link;
  }

  #message(folder, message, known) {
    const key = `${folder.name} ${message.uid}`;
    const is = JSON.stringify([message.flags, message.marked]);
    const unseen = !message.flags.includes("\\Seen");
    const flags = message.flags
      .filter((flag) => flag !== "\\Seen" && !(flag === "\\Deleted" && message.marked))
      .map((flag) => el("span", { class: "flag", text: flag }));
    if (message.marked) flags.push(el("span", { class: "flag gone", text: t("marked") }));
    const subject = el("td", {}, this.#subject(folder, message));
    flags.forEach((flag) => subject.append(" ", flag));
    if (unseen) subject.append(el("span", { class: "sr", text: `, ${t("unseen")}` }));
    this.#known.set(key, is);
    return el(
      "tr",
      {
        class: [
          unseen && "unseen",
          message.marked && "marked",
          known && known.get(key) !== is && "flash",
        ]
          .filter(Boolean)
          .join(" "),
      },
      el("td", {}, el("span", { text: String(message.number) })),
      el("td", {}, el("span", { text: sender(message.from), title: message.from })),
      subject,
      el("td", { text: number(message.octets) }),
    );
  }
}

/** A new tab, a new window, a download: htmx, which listens after this, must not hear of it. */
function leaveToBrowser(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
    event.stopImmediatePropagation();
}

/** `Someone <someone@example.com>` -> `Someone` */
function sender(from) {
  return /^"?([^"<]+?)"?\s*</.exec(from)?.[1] ?? from;
}
