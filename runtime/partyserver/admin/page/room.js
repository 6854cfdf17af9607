// One room: its connections and stored keys, and what can be done to it.
import { ask, order, Refused, roomPath } from "./asking.js";
import { onTyped, Pages, setError, setHidden, Table } from "./table.js";
import { at, clock, counted, decoded, make, number } from "./telling.js";
import { objection, plain, setText, showMoment, visible } from "./telling.js";

const CONNECTIONS = 50; // on a page
const KEYS = 25;
const LONGEST = 400; // characters of the room's id
const WORD = "delete";

export class Room {
  #chosen = { party: null, room: null };
  #told = null; // what the host last said of it
  #turn;
  #connections = new Table(at("connections"), (item) => this.#connectionRow(item));
  #keys = new Table(at("keys"), ({ key }) => {
    const bytes = make("td", { className: "number" });
    const row = make("tr", {}, make("th", { scope: "row" }, make("code", {}, ...visible(key))), bytes);
    return { row, show: (item) => setText(bytes, number(item.bytes)) };
  });
  #connectionPages;
  #keyPages;

  // `turn(text)` is called when the room is to be asked for anew, and the text to be said.
  constructor(turn) {
    this.#turn = turn;
    this.#connectionPages = new Pages(at("connections"), CONNECTIONS, "connections", turn);
    this.#keyPages = new Pages(at("keys"), KEYS, "keys", turn);
    at("ring").addEventListener("click", () => this.#ring());
    at("delete").addEventListener("click", () => this.#confirm());
    at("keep").addEventListener("click", () => at("deletion").close());
    at("deletion").querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#delete();
    });
    onTyped(at("key-prefix"), () => {
      this.#keyPages.restart();
      turn("");
    });
  }

  // Chooses a room, or none.
  choose(chosen) {
    if (chosen.party === this.#chosen.party && chosen.room === this.#chosen.room) return;
    this.#chosen = { party: chosen.party, room: chosen.room };
    this.#told = null;
    this.#connectionPages.restart();
    this.#keyPages.restart();
    at("key-prefix").value = "";
    at("deletion").close();
    const { room } = chosen;
    at("unchosen").hidden = room !== null;
    at("chosen").hidden = true; // until the host has told of it
    for (const section of [at("room"), at("connections"), at("keys")]) setError(section, null);
    const title = at("room-title");
    if (room === null) return title.replaceChildren("No room is chosen");
    title.replaceChildren("Room ", make("code", {}, ...visible(room, LONGEST)));
    const read = decoded(room);
    if (read !== null) title.append(make("bdi", { className: "read" }, ...visible(read, LONGEST)));
  }

  // Asks for the room; returns what shows it.
  async ask(signal) {
    const { party, room } = this.#chosen;
    const path = roomPath(party);
    const told = await ask(path, { room }, signal);
    const isElsewhere = told.connections === null;
    const keysQuery = { room, prefix: at("key-prefix").value, ...this.#keyPages.query };
    const [connections, keys] = await Promise.all([
      isElsewhere ? [] : ask(`${path}/connections`, { room, ...this.#connectionPages.query }, signal),
      told.here ? ask(`${path}/keys`, keysQuery, signal) : null,
    ]);
    return (now) => {
      this.#told = { ...told, alarm: keys?.alarm ?? null };
      setError(at("room"), null);
      this.#showFacts(now);
      this.#showConnections(connections, isElsewhere);
      setHidden(at("keys"), keys === null, at("room-title"));
      if (keys !== null) this.#showKeys(keys.keys, keysQuery.prefix);
      at("chosen").hidden = false;
    };
  }

  // Says why the room cannot be shown.
  fail(problem) {
    setError(at("room"), objection(problem));
  }

  #showFacts(now) {
    const { known, here, connections, last_active: active, node, alarm } = this.#told;
    const title = at("room-title");
    setText(at("count"), connections === null ? "known to its node alone" : number(connections));
    if (active === null) at("active").replaceChildren(known ? "asleep" : "not known");
    else showMoment(timeIn(at("active")), active, now);
    setHidden(at("node-fact"), node === null, title);
    setText(at("node"), node ?? "");
    setHidden(at("alarm-fact"), !here, title);
    this.#showAlarm(alarm, now);
    setHidden(at("ring"), alarm === null, title);
    setHidden(at("delete"), !here || !known, title);
    const whereabouts = whereaboutsOf(this.#told);
    setText(at("whereabouts"), whereabouts);
    at("whereabouts").hidden = whereabouts === "";
  }

  #showAlarm(alarm, now) {
    if (alarm === null) return at("alarm").replaceChildren("none");
    const time = timeIn(at("alarm"));
    const moment = alarm.next_try ?? alarm.due;
    showMoment(time, moment, now);
    const failures = alarm.retries ? `, failed ${counted(alarm.retries, "time")}` : "";
    const isGivenUp = alarm.next_try === null;
    const more = isGivenUp ? " (has failed too often to ring again by itself)" : ` (${clock(moment)})${failures}`;
    if (time.nextSibling?.textContent !== more) at("alarm").replaceChildren(time, more);
    return undefined;
  }

  #showConnections(connections, isElsewhere) {
    const section = at("connections");
    setHidden(section, isElsewhere, at("room-title"));
    setError(section, null);
    const seen = new Map(); // several connections may have one id
    const page = this.#connectionPages.page(connections, ({ id }) => id).map((connection) => {
      const count = (seen.get(connection.id) ?? 0) + 1;
      seen.set(connection.id, count);
      return { ...connection, key: `${count} ${connection.id}`, ...this.#chosen };
    });
    this.#connections.show(page, ({ key, party, room }) => JSON.stringify([party, room, key]), "None is open.");
  }

  #showKeys(keys, prefix) {
    setError(at("keys"), null);
    const page = this.#keyPages.page(keys, ({ key }) => key);
    const nothing = prefix ? `No key begins with “${plain(prefix)}”.` : "Nothing is stored.";
    const { party, room } = this.#chosen;
    this.#keys.show(page, ({ key }) => JSON.stringify([party, room, key]), nothing);
  }

  #connectionRow({ id, uri }) {
    const button = make("button", { type: "button" }, "Close");
    const name = make("code", {}, ...visible(id));
    button.setAttribute("aria-label", `Close ${plain(id)}`);
    button.addEventListener("click", () => this.#close(id));
    const about = make("span", { className: "read" }, ...visible(uri));
    const row = make("tr", {}, make("th", { scope: "row" }, name, about), make("td", { className: "act" }, button));
    return { row, show: () => {} };
  }

  // Does something to the room that is chosen now, whatever is chosen when that is done.
  async #act(section, act, done) {
    const chosen = this.#chosen;
    setError(section, null);
    try {
      const answer = await act(chosen);
      this.#turn(done(plain(chosen.room), answer));
      return true;
    } catch (problem) {
      const why = problem instanceof Refused ? objection(problem.message) : problem.message;
      if (chosen === this.#chosen) setError(section, why);
      return false;
    }
  }

  #close(id) {
    return this.#act(
      at("connections"),
      (chosen) => order("close", chosen, { connection: id }),
      (room, { closed }) => {
        const what = closed === 1 ? "Connection" : `${number(closed)} connections`;
        return `${what} ${plain(id)} of ${room} closed.`;
      },
    );
  }

  #ring() {
    return this.#act(at("room"), (chosen) => order("ring", chosen), (room) => `The alarm of ${room} rings.`);
  }

  #confirm() {
    const { party, room } = this.#chosen;
    const { connections } = this.#told;
    at("deletion-room").replaceChildren(...visible(room, LONGEST));
    at("deletion-party").replaceChildren(...visible(party));
    const many = `Its ${counted(connections, "connection")} stay open`;
    const stays = connections === 1 ? "Its connection stays open" : many;
    setText(at("deletion-stays"), connections ? `${stays}, and what the room has in memory stays there.` : "");
    at("deletion-word").value = "";
    setError(at("deletion").querySelector("form"), null);
    at("deletion").showModal();
    at("deletion-word").focus();
  }

  async #delete() {
    const form = at("deletion").querySelector("form");
    const word = at("deletion-word");
    setError(form, null);
    if (word.value.trim().toLowerCase() !== WORD) {
      setError(form, `Nothing is deleted: type the word ${WORD} first.`);
      word.focus();
      return;
    }
    const told = (room) => `What ${room} had stored is deleted.`;
    const done = await this.#act(form, (chosen) => order("delete", chosen), told);
    if (done) at("deletion").close();
  }
}

// The time within an element, which is made where there is none.
function timeIn(element) {
  const time = element.querySelector("time") ?? make("time");
  if (time.parentElement !== element) element.replaceChildren(time);
  return time;
}

function whereaboutsOf({ known, here, node }) {
  if (!known) return "This room is not in memory, and nothing of it is stored.";
  if (here) return "";
  if (node !== null) return `This room is on the node ${node}: its admin page shows its connections and keys.`;
  return "No node of the cluster has this room in memory: its keys can be seen once it is awake.";
}
