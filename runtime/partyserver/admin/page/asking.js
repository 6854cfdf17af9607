// Asks the host, with the token that this tab keeps where one is needed.

const PATIENCE = 20_000; // milliseconds until an answer does not come any more
const KEPT = `partyserver admin token of ${location.pathname}`; // an origin may serve several hosts

// The host says no, and why.
export class Refused extends Error {}

// No answer, or one from something in front of the host.
export class Unreachable extends Error {}

// The host answers those alone who have a token; `wasGiven` where the one they gave is wrong.
export class TokenNeeded extends Error {
  constructor(wasGiven) {
    super("a token is needed");
    this.wasGiven = wasGiven;
  }
}

let token = null;
try {
  token = sessionStorage.getItem(KEPT);
} catch {
  // a browser that keeps nothing: until the page is left
}

export const hasToken = () => token !== null;

export function useToken(given) {
  token = given;
  try {
    if (given === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, given);
  } catch {
    // as above
  }
}

function address(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== "");
  const parameters = new URLSearchParams(given);
  return `api/parties${path}${given.length ? `?${parameters}` : ""}`; // below wherever this page is served
}

async function send(method, path, query, signal) {
  const given = token;
  const late = AbortSignal.timeout(PATIENCE);
  const options = {
    method,
    cache: "no-store",
    credentials: "same-origin",
    redirect: "manual", // a login page is no answer
    headers: given === null ? {} : { Authorization: `Bearer ${encodeHeader(given)}` },
    signal: signal ? AbortSignal.any([signal, late]) : late,
  };
  if (method === "POST") {
    options.headers["Content-Type"] = "application/json"; // no form of another site can send it
    options.body = "{}";
  }
  let answer;
  try {
    answer = await fetch(address(path, query), options);
  } catch (problem) {
    if (signal?.aborted) throw problem;
    throw new Unreachable("The host cannot be reached.");
  }
  if (answer.type === "opaqueredirect") {
    throw new Unreachable("You are signed out: sign in again, then reload this page.");
  }
  if (answer.status === 401 && /^bearer\b/i.test(answer.headers.get("WWW-Authenticate") ?? "")) {
    throw new TokenNeeded(given !== null);
  }
  compareClocks(answer);
  return answer;
}

// A header holds bytes; those of the token in UTF-8.
const encodeHeader = (text) => String.fromCharCode(...new TextEncoder().encode(text));

async function content(answer, signal) {
  if (answer.status === 204) return null;
  const isJson = /^application\/json\b/.test(answer.headers.get("Content-Type") ?? "");
  let told = null;
  try {
    told = isJson || answer.status === 202 ? JSON.parse((await answer.text()) || "null") : null;
  } catch (problem) {
    if (signal?.aborted) throw problem;
    throw new Unreachable("The host's answer broke off.");
  }
  if (answer.ok && (isJson || answer.status === 202)) return told;
  if (told?.error) throw new Refused(told.error);
  if (answer.status === 401 || answer.status === 403) {
    throw new Unreachable(`You may not see this (${answer.status}): sign in again, then reload this page.`);
  }
  throw new Unreachable(`What answers is not the host (status ${answer.status}).`);
}

let skew = 0; // milliseconds that the host's clock is ahead of this one

// What the host's clock says; it stamps answers by the second.
export const hostTime = () => Date.now() + (Math.abs(skew) < 2_000 ? 0 : skew);

function compareClocks(answer) {
  const stamp = Date.parse(answer.headers.get("Date") ?? "");
  if (!Number.isNaN(stamp)) skew = stamp + 500 - Date.now();
}

// What the host answers to a question.
export async function ask(path, query = {}, signal = null) {
  return content(await send("GET", path, query, signal), signal);
}

// Has the host do something to a room.
export async function order(action, { party, room }, query = {}) {
  return content(await send("POST", `${roomPath(party)}/${action}`, { room, ...query }, null), null);
}

export const roomPath = (party) => `/${encodeURIComponent(party)}/room`;
