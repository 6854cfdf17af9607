// What the scripts share: options from the test, events to the test, and bounded waits.
import { once } from "node:events";
import { createInterface } from "node:readline";
import net from "node:net";

import WS from "ws";

const PATIENCE = 50_000; // milliseconds

export const options = JSON.parse(process.argv[2]);

export function report(event, fields = {}) {
  console.log(JSON.stringify({ event, ...fields }));
}

export async function scenario(run, patience = PATIENCE) {
  const timer = setTimeout(() => {
    console.log("the script waited in vain");
    process.exit(2);
  }, patience);
  await run();
  clearTimeout(timer);
  process.exit(0);
}

const orders = createInterface({ input: process.stdin });

// Resolves when the test says so.
export async function toldToGoOn() {
  await once(orders, "line");
}

export async function partySocket(settings) {
  const { default: PartySocket } = await import(options.partysocket);
  return new PartySocket({
    host: options.host,
    WebSocket: WS,
    minReconnectionDelay: 20,
    maxReconnectionDelay: 100,
    ...settings,
  });
}

// The events of a socket in their order.
export class Inbox {
  #events = [];
  #waiting = null;

  constructor(socket) {
    for (const type of ["open", "message", "close", "error"]) {
      socket.addEventListener(type, (event) => {
        this.#events.push({ type, data: event.data, code: event.code, reason: event.reason });
        this.#waiting?.();
      });
    }
  }

  async next() {
    while (this.#events.length === 0) {
      await new Promise((resolve) => (this.#waiting = resolve));
    }
    return this.#events.shift();
  }

  // The next event of a type; those before it are left out.
  async nextOf(type) {
    for (;;) {
      const event = await this.next();
      if (event.type === type) return event;
    }
  }

  async message() {
    return (await this.nextOf("message")).data;
  }

  async json() {
    return JSON.parse(await this.message());
  }
}

// A TCP link to the host that can be cut.
export class Link {
  #pairs = [];
  #server;
  refuses = false;

  static async to(host) {
    const link = new Link();
    const [address, port] = host.split(":");
    link.#server = net.createServer((near) => {
      if (link.refuses) return near.destroy();
      const far = net.connect(Number(port), address);
      near.pipe(far, { end: false });
      far.pipe(near, { end: false });
      for (const [one, other] of [[near, far], [far, near]]) {
        one.on("error", () => {});
        one.on("end", () => other.end());
      }
      link.#pairs.push({ near, far });
    });
    link.#server.listen(0, "127.0.0.1");
    await once(link.#server, "listening");
    link.host = `127.0.0.1:${link.#server.address().port}`;
    return link;
  }

  // The client's end breaks; the host does not notice.
  cutNear() {
    const { near, far } = this.#pairs.at(-1);
    near.unpipe(far);
    far.unpipe(near);
    far.resume();
    near.resetAndDestroy();
  }

  // The host's end of the oldest connection breaks.
  cutFarOfOldest() {
    this.#pairs.shift().far.resetAndDestroy();
  }

  // Both ends break.
  cut() {
    this.cutNear();
    this.#pairs.pop().far.resetAndDestroy();
  }
}
