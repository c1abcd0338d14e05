/** What a tab keeps over a reload or another language, while the browser has the same mailbox. */

const OWNER = "guest";

/** @param {string} place @param {string} value "" for nothing */
function remember(place, value) {
  try {
    if (value) sessionStorage.setItem(place, value);
    else sessionStorage.removeItem(place);
  } catch {
    // storage is forbidden or full: a reload begins anew
  }
}

/** @param {string} place @returns {string} */
function recall(place) {
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

const NAMES = ["console", "stepping", "draft"];

/** What one console keeps: a reload finds it by the console's place on the page. */
export class Kept {
  #seat = 0;

  /** @param {string} protocol @param {string} door */
  constructor(protocol, door) {
    Object.assign(this, { protocol, door });
  }

  /** @param {string} name one of NAMES @returns {string} */
  get(name) {
    return recall(this.#place(name));
  }

  /** @param {string} name one of NAMES @param {string} value "" for nothing */
  set(name, value) {
    remember(this.#place(name), value);
  }

  /** @param {number} seat from 0 on @param {boolean} moves or has only come to sit there */
  sit(seat, moves) {
    if (seat === this.#seat) return;
    const kept = moves ? this.forget() : [];
    this.#seat = seat;
    for (const [name, value] of kept) this.set(name, value);
  }

  /** Nothing is at this place any more. @returns what was */
  forget() {
    const kept = NAMES.map((name) => [name, this.get(name)]);
    for (const name of NAMES) this.set(name, "");
    return kept;
  }

  #place(name) {
    return `${name}-${this.#seat}-${name === "stepping" ? this.protocol : this.door}`;
  }
}
