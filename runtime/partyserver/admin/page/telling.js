// How the page says things: texts of strangers, times and sizes.

const LONGEST = 160; // characters of an id or a key in a table
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u; // invisible, or reorders others
const STEPS = [[1, 60, "s"], [60, 60, "min"], [3_600, 24, "h"], [86_400, Infinity, "days"]];

export const at = (id) => document.getElementById(id);

export const number = (value) => value.toLocaleString("en");

export const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

export function make(name, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...children);
  return element;
}

// Sets a text only where it differs, so that nothing is read out or selected anew.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// A text of anybody's as nodes: invisible characters as their code points, shortened.
export function visible(text, longest = LONGEST) {
  if (text === "") return [make("span", { className: "quiet" }, "(empty)")];
  const characters = [...text];
  const parts = [];
  let run = "";
  characters.slice(0, longest).forEach((character, index) => {
    const joins = character === "\u200d" && /\p{So}/u.test(characters[index + 1] ?? ""); // part of an emoji
    if (joins || !HIDDEN.test(character)) {
      run += character;
      return;
    }
    const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    parts.push(run, make("span", { className: "code-point" }, `U+${code}`));
    run = "";
  });
  parts.push(run);
  if (characters.length > longest) {
    const more = `… ${number(characters.length - longest)} more`;
    parts.push(make("span", { className: "quiet" }, more));
  }
  return parts.filter((part) => part !== "");
}

// What a percent-encoded id reads as, where that is another text.
export function decoded(id) {
  try {
    const read = decodeURIComponent(id);
    return read === id ? null : read;
  } catch {
    return null;
  }
}

// The same, as one plain text for sentences.
export const plain = (text, longest = 60) => visible(text, longest).map((part) => part.textContent ?? part).join("");

function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const [unit, , name] = STEPS.find(([size, most]) => seconds < size * most);
  const count = Math.floor(seconds / unit);
  return `${number(count)} ${name === "days" && count === 1 ? "day" : name}`;
}

export function clock(moment) {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return "beyond all calendars";
  return date.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

// Shows a moment (milliseconds since the epoch) from where the host's clock stands.
export function showMoment(element, moment, now) {
  const passed = now - moment;
  const text = passed < -999 ? `in ${span(-passed)}` : passed < 1_000 ? "now" : `${span(passed)} ago`;
  const exact = clock(moment);
  setText(element, text);
  if (element.title !== exact) element.title = exact;
}

// What the host says against something, in a sentence.
export const objection = (message) => `The host says: ${message}${/[.!?]$/.test(message) ? "" : "."}`;
