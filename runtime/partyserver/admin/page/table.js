// Tables that change under the eyes and hands of somebody: what stays keeps its place, its focus and its selection.
import { at, make, setText } from "./telling.js";

const TYPING = 250; // milliseconds without a key

// Gives the focus to another element, where it is within one that is about to go.
export function leave(going, other) {
  if (going.contains(document.activeElement)) other.focus();
}

export function setHidden(element, isHidden, other) {
  if (element.hidden === isHidden) return;
  if (isHidden) leave(element, other);
  element.hidden = isHidden;
}

// Calls once somebody has stopped typing.
export function onTyped(input, act) {
  let timer = null;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(act, TYPING);
  });
}

// Says what is wrong with a part of the page; null for nothing.
export function setError(section, problem) {
  setText(section.querySelector(":scope > .error"), problem ?? "");
}

// The rows of a section's table, in the order of their keys.
export class Table {
  #section;
  #body;
  #makeRow;
  #shown = new Map();

  // `makeRow(item)` gives the row of an item and what shows its later states: `{ row, show }`.
  constructor(section, makeRow) {
    this.#section = section;
    this.#body = section.querySelector(":scope > table > tbody");
    this.#makeRow = makeRow;
  }

  // Shows items, by unique keys.
  show(items, keyOf, nothing) {
    const wanted = new Map(items.map((item) => [keyOf(item), item]));
    for (const [key, { row }] of this.#shown) {
      if (wanted.has(key)) continue;
      this.#handOn(row);
      row.remove();
      this.#shown.delete(key);
    }
    let last = null;
    for (const [key, item] of wanted) {
      let shown = this.#shown.get(key);
      if (!shown) {
        shown = this.#makeRow(item);
        this.#shown.set(key, shown);
      }
      shown.show(item);
      const place = last === null ? this.#body.firstElementChild : last.nextElementSibling;
      if (place !== shown.row) this.#body.insertBefore(shown.row, place);
      last = shown.row;
    }
    this.#section.querySelector(":scope > table").hidden = items.length === 0;
    const hint = this.#section.querySelector(":scope > .nothing");
    if (!hint) return;
    hint.hidden = items.length > 0;
    setText(hint, nothing);
  }

  row(key) {
    return this.#shown.get(key)?.row ?? null;
  }

  // The focus in a row that goes is for the same control of the next one.
  #handOn(row) {
    if (!row.contains(document.activeElement)) return;
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const other = next?.querySelector("a, button") ?? at(this.#section.getAttribute("aria-labelledby"));
    other.focus();
  }
}

// Turns the pages of a list: each begins behind the last key of the one before.
export class Pages {
  #nav;
  #size;
  #turn;
  #starts = [null];
  #next = null;

  // `turn(text)` is called when another page is wanted.
  constructor(section, size, noun, turn) {
    this.#nav = section.querySelector(":scope > nav.pages");
    this.#size = size;
    this.#turn = turn;
    this.place = make("span", { className: "hint" });
    this.first = this.#button("First page", () => this.#to([null], noun));
    this.back = this.#button("Previous page", () => this.#to(this.#starts.slice(0, -1), noun));
    this.onward = this.#button("Next page", () => this.#to([...this.#starts, this.#next], noun));
    this.#nav.append(this.first, this.back, this.onward, this.place);
  }

  #button(text, act) {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => {
      if (button.ariaDisabled !== "true") act();
    });
    return button;
  }

  #to(starts, noun) {
    this.#starts = starts;
    this.#turn(`Page ${starts.length} of the ${noun}.`);
  }

  restart() {
    this.#starts = [null];
  }

  // What to ask for: one more than fits, which tells whether there is a next page.
  get query() {
    return { limit: this.#size + 1, start_after: this.#starts.at(-1) };
  }

  // The items of this page; several may share a key.
  page(items, keyOf) {
    const keys = [...new Set(items.map(keyOf))];
    const here = new Set(keys.slice(0, this.#size));
    this.#next = keys.length > this.#size ? keys[this.#size - 1] : null;
    if (keys.length === 0 && this.#starts.length > 1) this.#starts.pop(); // all of this page has gone: the one before
    const isFirst = this.#starts.length === 1;
    // Buttons that are disabled would lose the focus.
    this.first.ariaDisabled = this.back.ariaDisabled = String(isFirst);
    this.onward.ariaDisabled = String(this.#next === null);
    setText(this.place, `Page ${this.#starts.length}`);
    setHidden(this.#nav, isFirst && this.#next === null, at(this.#nav.parentElement.getAttribute("aria-labelledby")));
    return items.filter((item) => here.has(keyOf(item)));
  }

  get hasMore() {
    return this.#next !== null || this.#starts.length > 1;
  }
}
