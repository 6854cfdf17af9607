// The admin page: what is chosen, and asking the host for it again and again.
import { hasToken, hostTime, Refused, TokenNeeded, Unreachable, useToken } from "./asking.js";
import { Room } from "./room.js";
import { choice, PartyList, RoomList } from "./rooms.js";
import { onTyped, setError, setHidden } from "./table.js";
import { at, plain, setText } from "./telling.js";

const PAUSE = 2_000; // milliseconds between two rounds
const SHARE = 20; // and at least that many times as long as a round takes: the host has other things to do
const LONGEST_PAUSE = 60_000;
const AGAIN = [500, 1_000, 2_000, 4_000, 8_000]; // milliseconds until the host is tried again

let chosen = readAddress();
let round = null; // the AbortController of the one that runs
let timer = null;
let failures = 0;
let lostAt = ""; // the time of day
let toSay = null; // once the next round has come: a text, or a function of what it found

const say = (text) => setText(at("said"), text);
const parties = new PartyList();
const rooms = new RoomList((text) => askAnew(text));
const room = new Room((text) => askAnew(text));

// What is chosen stands in this page's own address, so that it can be kept and sent to others

function readAddress() {
  const query = new URLSearchParams(location.search);
  return { party: query.get("party"), prefix: query.get("prefix") ?? "", room: query.get("room") };
}

function choose(wanted, remember) {
  if (wanted.party !== chosen.party || wanted.prefix !== chosen.prefix) rooms.restart();
  if (wanted.party !== chosen.party) rooms.clear();
  chosen = wanted;
  if (chosen.party !== null && remember) history[remember](null, "", choice(chosen));
  showChoice();
}

function showChoice() {
  if (at("prefix").value !== chosen.prefix) at("prefix").value = chosen.prefix;
  setText(at("party"), plain(chosen.party ?? ""));
  room.choose(chosen);
  const name = chosen.room === null ? "" : `${plain(chosen.room)} · `;
  document.title = `${name}${plain(chosen.party ?? "")} · ${location.host}`;
}

function onPlainClick(event, act) {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  act(link);
}

at("parties").addEventListener("click", (event) => onPlainClick(event, ({ dataset: { party } }) => {
  choose({ party, prefix: "", room: null }, "pushState");
  askAnew((found) => `Party ${plain(party)}: ${found}`);
}));

at("rooms").addEventListener("click", (event) => onPlainClick(event, ({ dataset }) => {
  choose({ ...chosen, room: dataset.room }, "pushState");
  at("room-title").focus();
  askAnew("");
}));

at("back").addEventListener("click", (event) => onPlainClick(event, () => {
  (rooms.link(chosen) ?? at("rooms-title")).focus();
}));

function search() {
  if (at("prefix").value === chosen.prefix) return;
  choose({ ...chosen, prefix: at("prefix").value }, "replaceState");
  askAnew((found) => found);
}

onTyped(at("prefix"), search);

at("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});

addEventListener("popstate", () => {
  if (location.hash) return; // a link within the page
  choose({ ...readAddress(), party: readAddress().party ?? parties.first }, null);
  askAnew("");
});

// Asking

function askAnew(text = null) {
  if (text !== null) toSay = text;
  clearTimeout(timer);
  round?.abort();
  return runRound();
}

async function runRound() {
  const own = (round = new AbortController());
  const began = performance.now();
  try {
    await askAll(own.signal);
    if (own.signal.aborted) return;
    arrived();
  } catch (problem) {
    if (own.signal.aborted) return;
    if (problem instanceof TokenNeeded) return askForToken(problem.wasGiven);
    if (!(problem instanceof Unreachable || problem instanceof Refused)) throw problem;
    lost(problem.message);
  }
  schedule(performance.now() - began);
}

function schedule(took) {
  clearTimeout(timer);
  if (document.hidden || (failures === 0 && !at("live").checked)) return;
  const again = failures ? AGAIN[Math.min(failures, AGAIN.length) - 1] : Math.max(PAUSE, SHARE * took);
  timer = setTimeout(runRound, Math.min(again, LONGEST_PAUSE));
}

async function askAll(signal) {
  const showParties = await parties.ask(signal);
  if (signal.aborted) return;
  if (chosen.party === null) {
    showParties(null);
    choose({ ...chosen, party: parties.first }, "replaceState");
  }
  const part = (asking, fail) => asking.catch((problem) => {
    if (!(problem instanceof Refused)) throw problem;
    return () => fail(problem.message);
  });
  const [showRooms, showRoom] = await Promise.all([
    part(rooms.ask(chosen, signal), (why) => rooms.fail(why)),
    chosen.room === null ? () => {} : part(room.ask(signal), (why) => room.fail(why)),
  ]);
  if (signal.aborted) return;
  const now = hostTime();
  showParties(chosen.party);
  const found = showRooms(now) ?? "";
  showRoom(now);
  if (toSay !== null) {
    const text = typeof toSay === "function" ? toSay(found) : toSay;
    if (text) say(text);
    toSay = null;
  }
}

function arrived() {
  at("content").hidden = at("pace").hidden = false;
  at("token-form").hidden = true;
  setHidden(at("forget"), !hasToken(), at("refresh"));
  if (failures) {
    failures = 0;
    setHidden(at("lost"), true, at("refresh"));
    say("Connected again.");
  }
}

function lost(why) {
  if (failures === 0) lostAt = new Date().toLocaleTimeString("en-GB");
  failures += 1;
  setText(at("lost-why"), `${why} What this page shows is as of ${lostAt}. It keeps trying.`);
  at("lost").hidden = false;
  if (failures === 1) say("The connection to the host is lost.");
}

// The token

function askForToken(wasGiven) {
  useToken(null);
  failures = 0;
  at("deletion").close();
  at("lost").hidden = at("content").hidden = at("pace").hidden = true;
  at("token-form").hidden = false;
  setError(at("token-form"), wasGiven ? "This token is not the host's." : null);
  at("token").value = "";
  at("token").focus();
  say(wasGiven ? "" : "The host asks for a token.");
}

at("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useToken(at("token").value.trim());
  at("token").value = "";
  askAnew("The token is right.").then(() => {
    if (!at("content").hidden) at("rooms-title").focus();
  });
});

at("forget").addEventListener("click", () => {
  round?.abort();
  clearTimeout(timer);
  askForToken(false);
  say("The token is forgotten.");
});

// Live or not

at("live").addEventListener("change", () => {
  if (at("live").checked) return askAnew("Live.");
  clearTimeout(timer);
  return say("The page stays as it is until you refresh it.");
});
at("refresh").addEventListener("click", () => askAnew("Refreshed."));
at("retry").addEventListener("click", async () => {
  await askAnew();
  if (failures) say("The host still cannot be reached.");
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else if (at("token-form").hidden) askAnew();
});

at("host").textContent = location.host;
showChoice();
runRound();
