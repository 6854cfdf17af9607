import { address, at, fetchRoom, id as me, name } from "../party.js";
import PartySocket from "../partysocket/index.js";
import { Board } from "./board.js";
import { HEIGHT, Pen, WIDTH } from "./pen.js";

const SVG = "http://www.w3.org/2000/svg";
const CURSOR_PAUSE = 40; // milliseconds between two positions that we tell others of

const nameOf = (id) => id.replace(/-[^-]*$/, "");

const board = new Board();
const cursors = new Map(); // id -> element
const lines = new WeakMap(); // stroke -> element
let connected = false; // from the picture so far until the socket closes

function say(text) {
  at("said").textContent = text;
}

function lineOf({ color, points }) {
  const line = document.createElementNS(SVG, "polyline");
  const all = points.length > 1 ? points : [...points, ...points]; // a line without a length is a dot
  line.setAttribute("points", all.join(" "));
  line.setAttribute("class", color);
  return line;
}

function show() {
  for (const stroke of board.strokes) if (!lines.has(stroke)) lines.set(stroke, lineOf(stroke));
  at("strokes").replaceChildren(...board.strokes.map((stroke) => lines.get(stroke)));
}

function place(element, [x, y]) {
  element.style.left = `${(x / WIDTH) * 100}%`;
  element.style.top = `${(y / HEIGHT) * 100}%`;
}

// What the party says.

const heard = {
  board({ strokes }) {
    connected = true;
    at("status").textContent = `connected as ${name}`;
    for (const stroke of board.opened(strokes)) send(stroke);
  },
  stroke(stroke) {
    board.drawn(stroke);
    say(`${nameOf(stroke.by)} drew in ${stroke.color === "black" ? "ink" : stroke.color}`);
  },
  async undone({ number }) {
    if (board.undone(number)) return;
    // It was there before us, and the picture came without numbers: see which is gone.
    const { unnumbered } = board;
    const response = await fetchRoom().catch(() => null);
    if (!response?.ok) return;
    board.settled(unnumbered, (await response.json()).strokes);
    show();
  },
  cleared({ by }) {
    board.cleared();
    say(`${by === me ? "you" : nameOf(by)} cleared the board`);
  },
  cursor({ id, cursor }) {
    if (!cursors.has(id)) {
      const label = document.createElement("span");
      label.textContent = nameOf(id);
      cursors.set(id, label);
      at("cursors").append(label);
    }
    place(cursors.get(id), cursor);
  },
  left({ id }) {
    cursors.get(id)?.remove();
    cursors.delete(id);
  },
};

function message(text) {
  if (text.startsWith("{")) {
    const told = JSON.parse(text);
    heard[told.type]?.(told);
    if (told.type === "cursor") return;
  } else if (text.startsWith("drawn ")) {
    board.accepted(Number(text.slice("drawn ".length)));
  } else {
    if (text !== "! nothing to undo") board.refused();
    say(text.replace("! ", ""));
  }
  show();
}

function closed() {
  connected = false;
  at("status").textContent = "not connected, trying again";
  for (const id of cursors.keys()) heard.left({ id });
}

// What cannot be sent now is sent by `Board`, once it knows what has become of the picture.
const socket = new PartySocket({ ...address, id: me, maxEnqueuedMessages: 0, maxReconnectionDelay: 2000 });
socket.addEventListener("message", ({ data }) => message(data));
socket.addEventListener("close", closed);

// What we do.

function send({ color, points }) {
  socket.send(`draw ${color} ${points.join(" ")}`);
}

const color = () => document.querySelector("#colors :checked").value;

let position = null; // that others are yet to be told of
function tell() {
  if (position && connected) socket.send(`cursor ${position}`);
  position = null;
}
setInterval(tell, CURSOR_PAUSE);

new Pen(at("board"), {
  moved(point, byKeyboard) {
    position = point;
    at("pen").hidden = !byKeyboard;
    place(at("pen"), point);
  },
  drawing(points) {
    at("pen").classList.toggle("down", points !== null);
    at("current").replaceChildren(...(points ? [lineOf({ color: color(), points })] : []));
  },
  drawn(points) {
    const stroke = { by: me, color: color(), points };
    board.add(stroke);
    if (connected) send(stroke); // or else once the board is there
    show();
  },
});

function ask(command) {
  if (connected) socket.send(command);
  else say("not connected");
}

at("undo").addEventListener("click", () => ask("undo"));
at("clear").addEventListener("click", () => at("sure").showModal());
at("sure").addEventListener("close", () => {
  if (at("sure").returnValue === "clear") ask("clear");
  at("sure").returnValue = "";
});
at("board").addEventListener("keydown", (event) => {
  const choice = document.querySelectorAll("#colors input")[Number(event.key) - 1];
  if (choice && !event.ctrlKey && !event.metaKey && !event.altKey) {
    choice.checked = true;
    say(choice.parentElement.textContent.trim());
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    ask("undo");
  }
});
