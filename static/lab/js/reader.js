/** The dialog in which htmx shows a message of the mailbox. */

import { toast } from "./dom.js";
import { t } from "./strings.js";

export class Reader {
  /** @param {HTMLDialogElement} root @param {import("./mailbox.js").MailboxPanel} mailbox */
  constructor(root, mailbox) {
    let path = "";
    root.addEventListener("htmx:afterSwap", ({ detail }) => {
      path = detail.requestConfig.path;
      if (!root.open) root.showModal();
      root.scrollTop = 0;
      root.querySelector("#message-title").focus();
    });
    root.addEventListener("close", () => {
      // the browser gives the focus back, unless the row was made anew meanwhile
      const lost = document.activeElement === document.body || root.contains(document.activeElement);
      if (lost) mailbox.focus(path);
    });
    for (const failure of ["htmx:responseError", "htmx:sendError"])
      document.body.addEventListener(failure, () => toast(t("message_failed"), "error"));
  }
}
