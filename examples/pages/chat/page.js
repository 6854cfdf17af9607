import { at, name, open } from "../party.js";

function show({ by, text, at: when }) {
  const line = document.createElement("li");
  const who = Object.assign(document.createElement("b"), { textContent: by });
  const time = document.createElement("time");
  time.dateTime = new Date(when).toISOString();
  time.textContent = new Date(when).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  line.append(time, " ", who, ` ${text}`);
  at("messages").append(line);
  at("talk").scrollTop = at("talk").scrollHeight;
}

const socket = open({
  history({ messages }) {
    at("messages").replaceChildren();
    messages.forEach(show);
  },
  message: show,
  here({ names }) {
    at("here").textContent = `here: ${names.map((each) => (each === name ? `${each} (you)` : each)).join(", ")}`;
  },
});

at("say").addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send(at("text").value);
  at("text").value = "";
});
