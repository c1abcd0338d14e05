/** The page's one websocket. It comes back by itself; what was not sent is told, not queued. */

const DELAYS = [300, 700, 1500, 3000, 5000];

export class LabSocket extends EventTarget {
  #socket = null;
  #failures = 0;

  /** @param {string} path */
  constructor(path = "/ws/lab/") {
    super();
    this.url = new URL(path, location.href.replace(/^http/, "ws"));
    this.url.searchParams.set("page", crypto.getRandomValues(new Uint32Array(3)).join("-"));
    // On another tab somebody has put the mailbox away, or signed out
    this.addEventListener("stranger", () => location.reload());
    addEventListener(
      "online",
      () => this.#socket?.readyState === WebSocket.CLOSED && this.connect(),
    );
  }

  get up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.timer);
    const socket = (this.#socket = new WebSocket(this.url));
    socket.onopen = () => {
      this.#failures = 0;
      this.dispatchEvent(new Event("up"));
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.dispatchEvent(new Event("down"));
      const delay = DELAYS[Math.min(this.#failures++, DELAYS.length - 1)];
      this.timer = setTimeout(() => this.connect(), delay * (0.8 + Math.random() * 0.4));
    };
  }

  /** @param {Record<string, any>} message @returns {boolean} whether it went out */
  send(message) {
    if (this.up) this.#socket.send(JSON.stringify(message));
    return this.up;
  }
}
