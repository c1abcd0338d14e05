/** What a tab keeps over a reload or another language, while the browser has the same mailbox. */

const OWNER = "guest";

/** @param {string} place @param {string} value "" for nothing */
export function remember(place, value) {
  try {
    if (value) sessionStorage.setItem(place, value);
    else sessionStorage.removeItem(place);
  } catch {
    // storage is forbidden or full: a reload begins anew
  }
}

/** @param {string} place @returns {string} */
export function recall(place) {
  try {
    return sessionStorage.getItem(place) ?? "";
  } catch {
    return "";
  }
}

/** Another guest, or nobody, finds nothing of the one before. @param {string} guest */
export function belongTo(guest) {
  if (recall(OWNER) === guest) return;
  try {
    sessionStorage.clear();
  } catch {
    return; // nothing was kept either
  }
  remember(OWNER, guest);
}
