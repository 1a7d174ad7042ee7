// Zooming by keys, faster than the server answers. It draws the chart anew after each zoom: a redraw for an earlier one must not undo those
// that followed.

import { wholeRange } from './axes.js';

const WHOLE = 'whole';
const PATIENCE = 5000; // milliseconds after the last key in which redraws for earlier ones may still come

export class KeyZoom {
  #chart;
  #layout; // of the last redraw: a zoom changes the layout, a redraw replaces it
  #asked = []; // what was shown before the first of the latest keys, then what each of them asked for
  #last = 0; // time of the last key

  constructor(chart) {
    this.#chart = chart;
    this.#layout = chart.layout;
    chart.on('plotly_relayout', changes => this.#onZoom(changes));
    chart.on('plotly_afterplot', () => this.#onRedraw());
  }

  /** The range that the next key starts from. */
  get range() {
    const last = this.#latest();
    return last && last !== WHOLE ? last : this.#chart._fullLayout.xaxis.range;
  }

  to(low, high) {
    const from = Math.max(0, low);
    this.#ask([from, from + (high - low)]);
  }

  whole() {
    this.#ask(WHOLE);
  }

  /** Lets the next redraw set any range, because the user turned to something else. */
  forget() {
    this.#asked = [];
  }

  /** What the last key asked for; undefined if that is settled. */
  #latest() {
    if (performance.now() - this.#last > PATIENCE) {
      this.forget();
    }
    return this.#asked.at(-1);
  }

  #ask(range) {
    if (this.#latest() === undefined) {
      this.#asked.push(shown(this.#chart.layout));
    }
    this.#asked.push(range);
    this.#last = performance.now();
    this.#apply(range);
  }

  #apply(range) {
    Plotly.relayout(this.#chart, range === WHOLE
      ? wholeRange(this.#chart.layout.meta.panels.length)
      : { 'xaxis.range[0]': range[0], 'xaxis.range[1]': range[1] });
  }

  /** Forgets the keys when the range is changed by other means. */
  #onZoom(changes) {
    const range = changes['xaxis.autorange'] ? WHOLE : [changes['xaxis.range[0]'], changes['xaxis.range[1]']];
    const isRange = range === WHOLE || range.every(Number.isFinite) || changes['xaxis.range'];
    if (isRange && !this.#asked.some(asked => isSame(asked, range))) {
      this.forget();
    }
  }

  #onRedraw() {
    const { layout } = this.#chart;
    if (layout === this.#layout) {
      return;
    }
    this.#layout = layout;
    const last = this.#latest();
    const drawn = shown(layout);
    if (last === undefined || isSame(last, drawn)) {
      return;
    }
    if (this.#asked.some(asked => isSame(asked, drawn))) {
      this.#apply(last);
    } else {
      this.forget(); // set elsewhere
    }
  }
}

function shown(layout) {
  const { range, autorange } = layout.xaxis;
  return range && autorange !== true ? [...range] : WHOLE;
}

function isSame(a, b) {
  return a === WHOLE || b === WHOLE
    ? a === b
    : a.every((end, i) => Math.abs(end - b[i]) <= 1e-9 * Math.max(1, a[1] - a[0], Math.abs(end)));
}
