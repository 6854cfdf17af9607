import { address, at, fetchRoom, open } from "../party.js";

const MOST = 20;

function shown({ from, at: when, content }) {
  const line = Object.assign(document.createElement("li"), { className: "card" });
  const head = Object.assign(document.createElement("p"), { className: "quiet" });
  head.textContent = `${new Date(when).toLocaleTimeString()} · ${from}`;
  const text = Object.assign(document.createElement("pre"), { textContent: JSON.stringify(content, null, 2) });
  line.append(head, text);
  return line;
}

open({
  events({ events }) {
    at("events").replaceChildren(...events.map(shown));
  },
  event({ event }) {
    at("events").prepend(shown(event));
    while (at("events").children.length > MOST) at("events").lastChild.remove();
  },
});

// Encoded as partysocket does it: a room is another one where its name is.
at("address").textContent = new URL(`/parties/${address.party}/${address.room}`, location.origin).href;
at("send").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetchRoom({ method: "POST", body: at("event").value });
  const wait = answer.headers.get("retry-after");
  const text = await answer.text();
  at("said").textContent = answer.ok ? "accepted" : `${answer.status}: ${text}${wait ? `; again in ${wait} s` : ""}`;
});
