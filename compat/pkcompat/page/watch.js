// The page of `pkcompat watch`: shows what the command tells, and asks it to take steps.
"use strict";

const at = (id) => document.getElementById(id);
const NEAR = 120; // pixels from the page's end within which it follows new steps
const MOST_LINKS = 50;
let party = "main";

// Asking

async function ask(path, body = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? `refused: ${answer.status}`);
}

async function take(form, makeStep) {
  const error = form.querySelector(".error");
  error.textContent = "";
  try {
    await ask("steps", makeStep());
  } catch (problem) {
    error.textContent = problem instanceof TypeError ? "The command cannot be reached." : problem.message;
    return false;
  }
  return true;
}

function headers(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`a header must be name: value, is ${line}`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
}

function onSubmit(id, act) {
  at(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act(event.currentTarget);
  });
}

onSubmit("connect", async (form) => {
  const client = at("connect-client").value;
  const path = at("connect-path").value;
  const id = at("connect-id").value || client;
  const query = /[?&]_pk=/.test(path) ? "" : `${path.includes("?") ? "&" : "?"}_pk=${encodeURIComponent(id)}`;
  const connected = await take(form, () => {
    return { op: "connect", client, path: path + query, headers: headers(at("connect-headers").value) };
  });
  if (connected) wanted = client;
});

onSubmit("talk", async (form) => {
  const client = at("talk-client").value;
  const message = at("talk-message");
  const kind = new FormData(form).get("kind");
  const sent = await take(form, () => {
    if (kind === "json") JSON.parse(message.value);
    return { op: "send", client, [kind === "binary" ? "binary" : "text"]: message.value };
  });
  if (sent) message.select();
});

at("talk-message").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("talk").requestSubmit();
});

at("close").addEventListener("click", () => take(at("talk"), () => {
  const code = at("close-code").value.trim();
  const step = { op: "close", client: at("talk-client").value };
  if (!code) return step;
  return { ...step, code: Number.isInteger(Number(code)) ? Number(code) : code, reason: at("close-reason").value };
}));

at("drop").addEventListener("click", () => take(at("talk"), () => {
  return { op: "drop", client: at("talk-client").value };
}));

at("reconnect").addEventListener("click", () => take(at("talk"), () => {
  const known = clients.find(({ name }) => name === at("talk-client").value);
  if (!known) throw new Error("no client has connected yet");
  return known.connect;
}));

onSubmit("request", (form) => take(form, () => {
  const body = at("request-body").value;
  const step = { op: "http", method: at("request-method").value, path: at("request-path").value };
  return { ...step, headers: headers(at("request-headers").value), ...(body ? { body } : {}) };
}));

onSubmit("wait", (form) => take(form, () => {
  return { op: "wait", seconds: Number(at("wait-seconds").value.replace(",", ".")) };
}));

for (const [id, path] of Object.entries({ again: "again", clear: "clear", stop: "stop", step: "next", play: "play" })) {
  at(id).addEventListener("click", () => ask(path).catch((problem) => say(problem.message)));
}

// Showing

let clients = [];
let wanted = ""; // the client to choose as soon as it is there

const say = (text) => (at("said").textContent = text);

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setMarkup(element, html) {
  if (element.dataset.markup === (html ?? "")) return;
  element.dataset.markup = html ?? "";
  element.innerHTML = html ?? "";
}

function make(name, text, attributes = {}) {
  const element = Object.assign(document.createElement(name), attributes);
  element.textContent = text;
  return element;
}

function showSteps(steps) {
  const page = document.documentElement;
  const follows = page.scrollHeight - window.innerHeight - window.scrollY < NEAR;
  for (const { id, html } of steps) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const step = template.content.firstElementChild;
    const shown = at(id);
    if (shown) {
      shown.replaceWith(step);
    } else {
      at("steps").append(step);
    }
  }
  if (steps.length && follows) at("steps").lastElementChild.scrollIntoView({ block: "nearest", behavior: "instant" });
}

function showClients(told) {
  const changed = JSON.stringify(told) !== JSON.stringify(clients);
  clients = told;
  if (!changed && wanted === "") return;
  at("clients").replaceChildren(
    ...told.map(({ name, told: state }) => {
      const item = make("li", "");
      item.append(make("bdi", name), make("span", ` ${state}`));
      return item;
    }),
  );
  const select = at("talk-client");
  const names = told.map(({ name }) => name);
  const chosen = names.includes(wanted) ? wanted : select.value;
  if (names.includes(wanted)) {
    wanted = "";
    at("connect-client").value = nextName(names);
  }
  const options = told.map(({ name, open }) => make("option", open ? name : `${name} (not connected)`, { value: name }));
  select.replaceChildren(...(options.length ? options : [make("option", "none has connected", { value: "" })]));
  if (names.includes(chosen)) select.value = chosen;
}

function nextName(names) {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  return [...letters].find((letter) => !names.includes(letter)) ?? `client${names.length + 1}`;
}

function showSummary({ settled, differing }) {
  const summary = at("summary");
  const told = JSON.stringify([settled, differing]);
  if (summary.dataset.told === told) return;
  summary.dataset.told = told;
  summary.className = differing.length ? "differ" : "";
  const steps = settled === 1 ? "1 step" : `${settled} steps`;
  if (settled === 0) return summary.replaceChildren();
  if (!differing.length) return summary.replaceChildren(`✓ ${steps}, all alike`);
  const links = differing.slice(0, MOST_LINKS).map((number) => make("a", String(number), { href: `#step-${number}` }));
  const more = differing.length - links.length;
  summary.replaceChildren(
    `✗ ${steps}; the forms differ at `,
    ...links.flatMap((link) => [", ", link]).slice(1),
    more > 0 ? ` and ${more} more` : "",
  );
}

function showParty(name) {
  if (name === party) return;
  party = name;
  for (const id of ["connect-path", "request-path"]) {
    if (at(id).value === "/party/room") at(id).value = `/parties/${name}/room`;
  }
}

function show(told) {
  if (told.anew) at("steps").replaceChildren();
  showParty(told.party);
  setMarkup(at("columns"), told.columns);
  showSteps(told.steps);
  showClients(told.clients);
  showSummary(told);
  setText(at("target"), told.target);
  document.title = `${told.differing.length ? "✗ " : ""}${told.target}: pkcompat watch`;
  at("nothing").hidden = told.taken > 0 || told.status === "failed";
  at("problem").hidden = !told.problem;
  setMarkup(at("problem"), told.problem);
  at("playing").hidden = told.waiting === 0 || told.status !== "running";
  setText(at("waiting"), String(told.waiting));
  at("script").hidden = told.next === null;
  setText(at("next"), told.next ?? "");
  setText(at("left"), told.left > 1 ? `and ${told.left - 1} more` : "");
  at("step").disabled = at("play").disabled = told.status !== "running";
  at("printed").hidden = !told.output;
  setMarkup(at("output"), told.output);
  if (told.said.length) say(told.said.join(" "));
}

const news = new EventSource("news");
news.addEventListener("message", (event) => show(JSON.parse(event.data)));
news.addEventListener("error", () => say("The command has ended, or cannot be reached. Trying again."));
