import { at, open } from "../party.js";

const PAUSE = 40; // milliseconds between two positions that we tell
const STEP = 25; // thousandths of the field, for a press of an arrow
const SHADES = {
  crimson: "#b01030",
  darkorange: "#9a4b00",
  seagreen: "#1b6b40",
  steelblue: "#2b5f8c",
  rebeccapurple: "#663399",
};
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

const others = new Map(); // id -> element
let mine = [500, 500];
let told = 0;
let waiting = null;

function place({ id, name, color, at: where }) {
  if (!others.has(id)) {
    const label = document.createElement("span");
    label.style.background = SHADES[color];
    others.set(id, label);
    at("cursors").append(label);
    count();
  }
  const label = others.get(id);
  label.textContent = name;
  label.hidden = where === null;
  if (where === null) return;
  label.style.left = `${where[0] / 10}%`;
  label.style.top = `${where[1] / 10}%`;
}

function count() {
  const names = [...others.values()].map((label) => label.textContent || "somebody");
  at("others").textContent = names.length ? `${names.length} other${names.length > 1 ? "s" : ""} here` : "nobody else is here";
}

const socket = open({
  cursors({ cursors }) {
    at("cursors").replaceChildren();
    others.clear();
    cursors.forEach(place);
    count();
  },
  cursor: place,
  left({ id }) {
    others.get(id)?.remove();
    others.delete(id);
    count();
  },
});

// The last position of a movement is always told, the others not more often than that.
function tell() {
  const rest = told + PAUSE - performance.now();
  clearTimeout(waiting);
  if (rest > 0) {
    waiting = setTimeout(tell, rest);
    return;
  }
  told = performance.now();
  socket.send(mine.join(" "));
}

at("field").addEventListener("pointermove", (event) => {
  const { left, top, width, height } = at("field").getBoundingClientRect();
  const within = (part) => Math.max(0, Math.min(1000, Math.round(part * 1000)));
  mine = [within((event.clientX - left) / width), within((event.clientY - top) / height)];
  tell();
});
at("field").addEventListener("pointerleave", () => {
  clearTimeout(waiting);
  socket.send("away");
});
at("field").addEventListener("keydown", (event) => {
  const step = ARROWS[event.key];
  if (!step) return;
  event.preventDefault();
  mine = mine.map((part, index) => Math.max(0, Math.min(1000, part + step[index])));
  tell();
});
