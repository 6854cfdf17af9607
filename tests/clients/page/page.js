import PartySocket from "./partysocket/index.js";

const query = new URLSearchParams(location.search);
const at = (id) => document.getElementById(id);
const options = { host: location.host, room: query.get("room") };

const socket = new PartySocket({
  ...options,
  query: { name: query.get("name") },
  minReconnectionDelay: 50,
  maxReconnectionDelay: 200,
});

at("room").textContent = options.room;
socket.addEventListener("open", () => (at("status").textContent = "connected"));
socket.addEventListener("close", (event) => {
  if (at("status").textContent === "connected") at("status").textContent = `closed ${event.code}`;
});
socket.addEventListener("message", (event) => {
  const line = document.createElement("li");
  line.textContent = event.data;
  at("lines").append(line);
});

at("say").addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send(at("text").value);
  at("text").value = "";
});

at("count").addEventListener("click", async () => {
  const response = await PartySocket.fetch(options);
  at("here").textContent = await response.text();
});
