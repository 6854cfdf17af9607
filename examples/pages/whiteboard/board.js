// The strokes, as the party tells of them; nothing here knows the page.

export class Board {
  #kept = []; // what the party has; those that were there before us are without a number
  #sent = []; // our own, which the party has yet to answer

  get strokes() {
    return [...this.#kept, ...this.#sent];
  }

  // Our own stroke, before the party has it.
  add(stroke) {
    this.#sent.push(stroke);
  }

  // The party's answers to our strokes come in the order in which we drew.
  accepted(number) {
    const stroke = this.#sent.shift();
    if (stroke) this.#kept.push(Object.assign(stroke, { number }));
  }

  refused() {
    this.#sent.shift();
  }

  // We are connected (again): the picture so far. Returns our strokes that did not get there.
  opened(strokes) {
    this.#kept = strokes;
    this.#sent = this.#sent.filter((stroke) => !has(strokes, stroke));
    return this.#sent;
  }

  drawn(stroke) {
    this.#kept.push(stroke);
  }

  // Returns whether the stroke was known by its number.
  undone(number) {
    const count = this.#kept.length;
    this.#kept = this.#kept.filter((stroke) => stroke.number !== number);
    return this.#kept.length < count;
  }

  // Those that may be what an unknown number means.
  get unnumbered() {
    return this.#kept.filter((stroke) => stroke.number === undefined);
  }

  // Of those unnumbered, the ones that the party no longer has are gone.
  settled(unnumbered, strokes) {
    const gone = new Set(unnumbered.filter((stroke) => !has(strokes, stroke)));
    this.#kept = this.#kept.filter((stroke) => !gone.has(stroke));
  }

  cleared() {
    this.#kept = [];
  }
}

function has(strokes, { by, color, points }) {
  const same = (other) => other.by === by && other.color === color && String(other.points) === String(points);
  return strokes.some(same);
}
