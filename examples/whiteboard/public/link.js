// A WebSocket that is opened again whenever it closes.

const FIRST_DELAY = 200; // milliseconds
const LONGEST_DELAY = 5000;

export class Link {
  #url;
  #hears;
  #socket;
  #delay = FIRST_DELAY;

  // `hears` has the methods `message(text)` and `closed()`.
  constructor(url, hears) {
    this.#url = url;
    this.#hears = hears;
    this.#open();
  }

  send(text) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  #open() {
    this.#socket = new WebSocket(this.#url);
    this.#socket.addEventListener("open", () => (this.#delay = FIRST_DELAY));
    this.#socket.addEventListener("message", ({ data }) => this.#hears.message(data));
    this.#socket.addEventListener("close", () => {
      this.#hears.closed();
      setTimeout(() => this.#open(), this.#delay);
      this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY);
    });
  }
}
