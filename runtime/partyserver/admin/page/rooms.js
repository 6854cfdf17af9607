// The parties, and the rooms of one of them.
import { ask } from "./asking.js";
import { Pages, setError, Table } from "./table.js";
import { at, counted, decoded, make, number, objection, plain, setText, showMoment, visible } from "./telling.js";

const PAGE_SIZE = 50;

// The query of this page's own address that chooses something.
export function choice({ party, prefix = "", room = null }) {
  const chosen = new URLSearchParams({ party, ...(prefix && { prefix }), ...(room !== null && { room }) });
  return `?${chosen}`;
}

export class PartyList {
  #table = new Table(at("parties"), ({ name }) => {
    const link = make("a", { href: choice({ party: name }) }, make("bdi", {}, ...visible(name)));
    link.dataset.party = name;
    const rooms = make("td", { className: "number" });
    const connections = make("td", { className: "number" });
    const row = make("tr", {}, make("th", { scope: "row" }, link), rooms, connections);
    return {
      row,
      show: (party) => {
        link.ariaCurrent = party.isChosen ? "true" : null;
        setText(rooms, number(party.rooms));
        setText(connections, number(party.connections));
      },
    };
  });

  // Asks for the parties; returns what shows them.
  async ask(signal) {
    const parties = await ask("", {}, signal);
    return (chosen) => {
      setError(at("parties"), null);
      this.#table.show(parties.map((party) => ({ ...party, isChosen: party.name === chosen })), ({ name }) => name);
    };
  }

  get first() {
    return at("parties").querySelector("tbody a")?.dataset.party ?? null;
  }
}

export class RoomList {
  #table = new Table(at("rooms"), ({ id, party, prefix }) => {
    const link = make("a", { href: choice({ party, prefix, room: id }) }, make("code", {}, ...visible(id)));
    link.dataset.room = id;
    const read = decoded(id);
    const name = make("th", { scope: "row" }, link);
    if (read !== null) name.append(make("bdi", { className: "read" }, ...visible(read)));
    const connections = make("td", { className: "number" });
    const active = make("time");
    const asleep = make("span", { className: "quiet" }, "asleep");
    const row = make("tr", {}, name, connections, make("td", { className: "when" }, active, asleep));
    return {
      row,
      show: (room) => {
        link.setAttribute("href", choice({ party, prefix: room.prefix, room: id }));
        link.ariaCurrent = room.isChosen ? "true" : null;
        setText(connections, room.connections === null ? `on ${room.node}` : number(room.connections));
        connections.classList.toggle("quiet", !room.connections);
        asleep.hidden = room.last_active !== null;
        active.hidden = !asleep.hidden;
        if (!active.hidden) showMoment(active, room.last_active, room.now);
      },
    };
  });
  #pages;

  constructor(turn) {
    this.#pages = new Pages(at("rooms"), PAGE_SIZE, "rooms", turn);
  }

  // From the first page on.
  restart() {
    this.#pages.restart();
  }

  // Says why the rooms cannot be shown; those that are shown stay.
  fail(problem) {
    setError(at("rooms"), objection(problem));
  }

  clear() {
    setError(at("rooms"), null);
    this.#table.show([], null, "");
  }

  // Asks for a page of rooms; returns what shows it, and says what was found.
  async ask({ party, prefix, room }, signal) {
    const query = { prefix, ...this.#pages.query };
    const rooms = await ask(`/${encodeURIComponent(party)}/rooms`, query, signal);
    return (now) => {
      setError(at("rooms"), null);
      const page = this.#pages.page(rooms, ({ id }) => id);
      const items = page.map((listed) => ({ ...listed, party, prefix, now, isChosen: listed.id === room }));
      const nothing = prefix
        ? `No room has an id that begins with “${plain(prefix)}”.`
        : "No room is in memory, and none has stored anything.";
      this.#table.show(items, ({ id }) => `${party} ${id}`, nothing);
      if (page.length === 0) return nothing;
      const found = counted(page.length, "room");
      return this.#pages.hasMore ? `${found} on this page, and more.` : `${found}.`;
    };
  }

  // The link to a room, if it is on this page.
  link({ party, room }) {
    return this.#table.row(`${party} ${room}`)?.querySelector("a") ?? null;
  }
}
