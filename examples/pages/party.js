// What the pages share: who one is, and a socket to the party, in the form that the address asks for.
// ?room=NAME is the room, ?name=NAME who one is, ?form=object the object form of the party.
import PartySocket from "./partysocket/index.js";

const ANIMALS = ["otter", "heron", "lynx", "newt", "finch", "hare", "vole", "toad"];
const query = new URLSearchParams(location.search);

export const at = (id) => document.getElementById(id);
export const form = query.get("form") === "object" ? "object" : "class";
export const room = query.get("room") || "lobby";
export const name = query.get("name") || kept("name", () => ANIMALS[Math.floor(Math.random() * ANIMALS.length)]);
export const id = kept("id", () => `${name}-${Math.random().toString(36).slice(2, 8)}`);
export const address = { host: location.host, party: form === "object" ? "object" : "main", room };

// What this tab keeps when its page is loaded again: so it comes back as who it was.
function kept(key, make) {
  const value = sessionStorage.getItem(key) ?? make();
  sessionStorage.setItem(key, value);
  return value;
}

// Open the socket; `heard` has a method for each `type` of what the party says.
export function open(heard) {
  const socket = new PartySocket({ ...address, id, query: { name }, maxReconnectionDelay: 2000 });
  socket.addEventListener("open", () => show(`connected as ${name}`));
  socket.addEventListener("close", () => show("connecting again"));
  socket.addEventListener("message", ({ data }) => {
    const { type, ...what } = JSON.parse(data);
    heard[type]?.(what);
  });
  return socket;
}

export const fetchRoom = (options) => PartySocket.fetch(address, options);

function show(status) {
  at("status").textContent = status;
}

function link(to, text) {
  const search = new URLSearchParams({ ...Object.fromEntries(query), form: to });
  const made = Object.assign(document.createElement("a"), { href: `?${search}`, textContent: text });
  if (to === form) made.setAttribute("aria-current", "page");
  return made;
}

at("room").textContent = room;
at("forms").append(link("class", "Class form"), link("object", "Object form"));
