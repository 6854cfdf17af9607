// The pen: mouse, finger and keyboard become points of the board.

export const WIDTH = 1600;
export const HEIGHT = 1000;
const STEP = 20;
const LONG_STEP = 100;
const NEAR = 4; // a point that is nearer to the last one is left out
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const within = (value, most) => Math.round(Math.min(Math.max(value, 0), most));

export class Pen {
  #surface;
  #hears;
  #at = [WIDTH / 2, HEIGHT / 2];
  #points = null; // of the stroke that is being drawn

  // `hears` has the methods `moved(point, byKeyboard)`, `drawing(points or null)` and `drawn(points)`.
  constructor(surface, hears) {
    this.#surface = surface;
    this.#hears = hears;
    surface.addEventListener("pointerdown", (event) => this.#pressed(event));
    surface.addEventListener("pointermove", (event) => this.#dragged(event));
    surface.addEventListener("pointerup", (event) => event.isPrimary && this.#lift());
    surface.addEventListener("pointercancel", () => this.#drop());
    surface.addEventListener("keydown", (event) => this.#typed(event));
    surface.addEventListener("focus", () => this.#focused());
    surface.addEventListener("blur", () => this.#lift());
  }

  #pressed(event) {
    if (!event.isPrimary || event.button !== 0) return;
    this.#lift();
    this.#surface.setPointerCapture(event.pointerId);
    this.#move(this.#pointOf(event), false);
    this.#lower();
  }

  // With Tab, for one: show where the pen is.
  #focused() {
    if (this.#surface.matches(":focus-visible")) this.#hears.moved(this.#at, true);
  }

  #dragged(event) {
    if (event.isPrimary) this.#move(this.#pointOf(event), false);
  }

  #typed(event) {
    const arrow = ARROWS[event.key];
    if (arrow && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const step = event.shiftKey ? LONG_STEP : STEP;
      this.#move([this.#at[0] + arrow[0] * step, this.#at[1] + arrow[1] * step], true);
    } else if (event.key === " " && !event.repeat) {
      if (this.#points) this.#lift();
      else this.#lower();
      this.#hears.moved(this.#at, true);
    } else if (event.key === "Escape") {
      this.#drop();
    } else {
      return;
    }
    event.preventDefault();
  }

  #pointOf(event) {
    const { left, top, width, height } = this.#surface.getBoundingClientRect();
    return [((event.clientX - left) / width) * WIDTH, ((event.clientY - top) / height) * HEIGHT];
  }

  #move([x, y], byKeyboard) {
    this.#at = [within(x, WIDTH), within(y, HEIGHT)];
    this.#hears.moved(this.#at, byKeyboard);
    if (!this.#points) return;
    const [lastX, lastY] = this.#points.at(-1);
    if (Math.hypot(this.#at[0] - lastX, this.#at[1] - lastY) < NEAR) return;
    this.#points.push(this.#at);
    this.#hears.drawing(this.#points);
  }

  #lower() {
    this.#points = [this.#at];
    this.#hears.drawing(this.#points);
  }

  #lift() {
    const points = this.#points;
    this.#drop();
    if (points) this.#hears.drawn(points);
  }

  #drop() {
    this.#points = null;
    this.#hears.drawing(null);
  }
}
