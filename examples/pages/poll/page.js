import { at, id, open } from "../party.js";

const KEY = `vote:${id}`;
let poll = null;

function optionOf(text, number) {
  const all = poll.counts.reduce((sum, count) => sum + count, 0);
  const button = document.createElement("button");
  const bar = Object.assign(document.createElement("span"), { className: "bar" });
  bar.style.width = `${all ? (100 * poll.counts[number]) / all : 0}%`;
  const label = Object.assign(document.createElement("span"), { textContent: text });
  const count = Object.assign(document.createElement("span"), { className: "count", textContent: poll.counts[number] });
  button.append(bar, label, count);
  button.type = "button";
  button.disabled = !poll.open;
  button.setAttribute("aria-pressed", sessionStorage.getItem(KEY) === `${poll.closes} ${number}`);
  button.addEventListener("click", () => {
    sessionStorage.setItem(KEY, `${poll.closes} ${number}`);
    socket.send(JSON.stringify({ type: "vote", option: number }));
  });
  const line = document.createElement("li");
  line.append(button);
  return line;
}

function tick() {
  if (!poll) return;
  const seconds = Math.max(0, Math.ceil((poll.closes - Date.now()) / 1000));
  at("left").textContent = poll.open ? `closes in ${seconds} s` : "closed";
}

const socket = open({
  poll(told) {
    const focused = [...at("options").querySelectorAll("button")].indexOf(document.activeElement);
    poll = told.poll;
    at("running").hidden = poll === null;
    at("said").textContent = "";
    if (poll === null) return;
    at("question").textContent = poll.question;
    at("options").replaceChildren(...poll.options.map(optionOf));
    at("options").querySelectorAll("button")[focused]?.focus();
    tick();
  },
  refused({ why }) {
    at("said").textContent = why;
  },
});

setInterval(tick, 250);

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const options = at("choices").value.split("\n").filter((line) => line.trim());
  const seconds = Number(at("seconds").value);
  socket.send(JSON.stringify({ type: "open", question: at("asked").value, options, seconds }));
});
