// Reading curves: a crosshair over all panels, the read-out beside the chart, keys, and highlighting from the legend. Plotly draws the
// curves; layout.meta describes its traces.

import { keepTicksWhole } from './axes.js';
import { KeyZoom } from './key-zoom.js';
import { element, kindsInOrder, last, nearest, panelOf, stepOf, text } from './read-out.js';

const NARROW = 345; // CSS pixels in which a name and three values do not fit
const readers = new WeakMap();

/** Attaches the read-out to a chart, which may not be drawn yet. */
export function readCurves(id, tries = 200) {
  const chart = document.getElementById(id);
  if (chart?._fullLayout && chart.on) {
    if (!readers.has(chart)) {
      readers.set(chart, new Reader(chart));
    }
  } else if (tries > 0) {
    setTimeout(() => readCurves(id, tries - 1), 25); // Plotly's script is still loading
  }
}

/** Fades all curves of a chart but those of a group; null shows all alike. */
export function markCurves(chart, group) {
  readers.get(chart)?.mark(group);
}

/** Draws only some of the traces; the layout has the ranges that they then fill. */
export function showCurves(id, visibility, layout) {
  const chart = document.getElementById(id);
  if (chart?._fullLayout && chart.data.length === visibility.length) {
    return Plotly.update(chart, { visible: visibility }, layout).then(() => { });
  }
}

class Reader {
  #chart;
  #room;
  #plot;
  #out;
  #aloud;
  #line;
  #dot;
  #at = null; // x in the axis's unit, panel, and the height of the pointer in pixels; null while the pointer is elsewhere
  #frame = 0;
  #marked = null;
  #zoom;

  constructor(chart) {
    this.#chart = chart;
    this.#zoom = new KeyZoom(chart);
    this.#room = chart.closest('.curves');
    [this.#plot, this.#out, this.#aloud, this.#line, this.#dot] =
      ['.curves-plot', '.read-out', '.read-aloud', '.crosshair', '.crosshair-dot'].map(part => this.#room.querySelector(part));
    this.#plot.addEventListener('pointermove', event => this.#point(event));
    this.#plot.addEventListener('pointerdown', event => this.#point(event));
    this.#plot.addEventListener('pointerleave', event => event.pointerType === 'mouse' && this.#leave());
    this.#plot.addEventListener('keydown', event => this.#key(event));
    this.#plot.addEventListener('blur', () => {
      this.#leave();
      this.#zoom.forget();
    });
    chart.on('plotly_afterplot', () => this.#draw());
    keepTicksWhole(chart);
    this.#draw();
  }

  get meta() { return this.#chart.layout.meta; }

  mark(group) {
    this.#marked = group;
    this.#fade();
  }

  #axes(panel) {
    const n = panel === 0 ? '' : panel + 1;
    return [this.#chart._fullLayout[`xaxis${n}`], this.#chart._fullLayout[`yaxis${n}`]];
  }

  #point(event) {
    if (event.buttons > 0 && event.pointerType === 'mouse') {
      this.#leave(); // a drag draws its own frame
      return;
    }
    const box = this.#chart.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const [across] = this.#axes(0);
    if (!across || x < across._offset - 4 || x > across._offset + across._length + 4) {
      this.#leave();
      return;
    }
    const distance = panel => {
      const up = this.#axes(panel)[1];
      return Math.max(up._offset - y, y - up._offset - up._length, 0);
    };
    const panel = this.meta.panels.map((_, i) => i).reduce((best, i) => distance(i) < distance(best) ? i : best, 0);
    this.#aloud.textContent = '';
    this.#move({ x: across.p2d(Math.min(Math.max(x - across._offset, 0), across._length)), panel, y: y - this.#axes(panel)[1]._offset });
  }

  #leave() {
    if (this.#at) {
      this.#move(null);
    }
  }

  #move(at) {
    this.#at = at;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    if (!this.#chart.isConnected || !this.#chart._fullLayout || !this.meta) {
      return;
    }
    this.#fade();
    const { rows, columns } = this.#rows();
    this.#cross(rows);
    this.#write(rows, columns);
  }

  /** Collects one row for each run in each panel, the pointed panel first and within it the nearest curve. */
  #rows() {
    const { meta } = this;
    const panels = meta.panels.map(() => new Map());
    const columns = meta.panels.map(() => new Set());
    this.#chart.data.forEach((trace, i) => {
      const of = meta.traces[i];
      if (!of || of.kind === 'band' || of.kind === 'mark' || trace.visible === false || trace.x.length === 0) {
        return;
      }
      const point = this.#at ? nearest(trace, this.#at.x, this.#width()) : last(trace);
      if (point === null) {
        return;
      }
      const name = of.row || trace.name;
      const row = panels[of.panel].get(name) ?? { name, color: of.color, dash: of.dash, perEpoch: of.perEpoch, values: {} };
      row.values[of.kind] = { x: trace.x[point], y: trace.y[point], step: stepOf(trace, point, meta.axis) };
      columns[of.panel].add(of.kind);
      panels[of.panel].set(name, row);
    });
    const order = new Map();
    const sorted = list => list.sort((a, b) => (order.get(a.name) ?? 1e9) - (order.get(b.name) ?? 1e9));
    if (this.#at) {
      const up = this.#axes(this.#at.panel)[1];
      const heights = row => Object.values(row.values).map(value => Math.abs(up.d2p(value.y) - this.#at.y));
      const far = row => Math.min(...heights(row).filter(Number.isFinite));
      [...panels[this.#at.panel].values()].map(row => [row.name, far(row)]).sort((a, b) => a[1] - b[1])
        .forEach(([name], i) => order.set(name, i));
    }
    return { rows: panels.map(panel => sorted([...panel.values()])), columns };
  }

  /** Width of the visible range. */
  #width() {
    const [low, high] = this.#axes(0)[0].range;
    return high - low;
  }

  /** Describes the position of a row's values; a difference of runs uses the step of its run's other curves. */
  #place(row, rows) {
    const firstOf = ({ values }) => values.smoothed ?? values.raw ?? values.value ?? values.validation;
    if (!row) {
      return '';
    }
    const value = firstOf(row);
    const ofRun = rows.flat().filter(other => other.name === row.name);
    const step = value.step ?? ofRun.map(other => firstOf(other).step).find(at => at !== null);
    const { axis, unit, format } = this.meta;
    const isKnown = step !== null && step !== undefined;
    const epoch = axis !== 'epoch' && isKnown && row.perEpoch ? `epoch ${text(step / row.perEpoch, ',.2f')}` : '';
    const count = axis !== 'step' && isKnown ? `step ${text(step, ',.0f')}` : '';
    return [`${unit} ${text(value.x, format)}`, count, epoch].filter(part => part).join(' · ');
  }

  #cross(rows) {
    this.#line.style.display = this.#dot.style.display = this.#at ? 'block' : 'none';
    if (!this.#at) {
      return;
    }
    const [across, up] = this.#axes(this.#at.panel);
    const first = this.#axes(0)[1];
    const lowest = this.#axes(this.meta.panels.length - 1)[1];
    this.#line.style.translate = `${across._offset + across.d2p(this.#at.x)}px ${first._offset}px`;
    this.#line.style.height = `${lowest._offset + lowest._length - first._offset}px`;
    const row = rows[this.#at.panel][0];
    const value = row && (row.values.smoothed ?? row.values.value ?? row.values.validation ?? row.values.raw);
    const y = value ? up.d2p(value.y) : NaN;
    this.#dot.style.display = y >= 0 && y <= up._length ? 'block' : 'none';
    if (value) {
      this.#dot.style.translate = `${across._offset + across.d2p(value.x)}px ${up._offset + y}px`;
      this.#dot.style.background = row.color;
    }
  }

  #write(rows, columns) {
    const { panels } = this.meta;
    const order = panels.map((_, i) => i);
    if (this.#at) {
      order.unshift(...order.splice(this.#at.panel, 1));
    }
    const place = element('p', 'read-place', this.#at
      ? this.#place(rows[this.#at.panel][0] ?? rows.flat()[0], rows) || 'No values here'
      : 'Latest values. Point at a curve to read it.');
    const isNarrow = this.#out.clientWidth < NARROW;
    this.#out.replaceChildren(place, ...order.filter(i => rows[i].length > 0)
      .map(i => panelOf(panels[i], rows[i], columns[i], isNarrow, rows[i].length > 1 && i !== this.#at?.panel)));
    this.#out.classList.toggle('is-pointing', this.#at !== null);
    if (this.#at) {
      this.#dodge();
    }
  }

  /** On a narrow screen, moves the read-out from the lower edge to the upper one if it would cover the panel. */
  #dodge() {
    this.#out.classList.remove('is-above');
    if (getComputedStyle(this.#out).position === 'fixed') {
      const up = this.#axes(this.#at.panel)[1];
      const bottom = this.#chart.getBoundingClientRect().top + up._offset + up._length;
      this.#out.classList.toggle('is-above', bottom > this.#out.getBoundingClientRect().top);
    }
  }

  #fade() {
    const { traces } = this.meta;
    for (const node of this.#chart.querySelectorAll('.scatterlayer > .trace')) {
      const of = traces[node.__data__?.[0]?.trace?.index];
      node.classList.toggle('is-faded', this.#marked !== null && of !== undefined && of.group !== this.#marked);
    }
  }

  #key(event) {
    if (event.target !== this.#plot || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const [low, high] = this.#zoom.range;
    const width = high - low;
    const sign = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const turn = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (sign && event.shiftKey) {
      this.#zoom.to(low + sign * width / 5, high + sign * width / 5);
    } else if (sign) {
      this.#walk(sign);
    } else if (turn) {
      const panel = Math.min(Math.max((this.#at?.panel ?? (turn > 0 ? -1 : 0)) + turn, 0), this.meta.panels.length - 1);
      this.#read({ x: this.#at?.x ?? high, panel, y: 0 });
    } else if (event.key === 'Home' || event.key === 'End') {
      this.#read({ x: event.key === 'Home' ? low : high, panel: this.#at?.panel ?? 0, y: 0 });
    } else if (event.key === '+' || event.key === '-') {
      const middle = this.#at?.x ?? (low + high) / 2;
      const half = width * (event.key === '+' ? 0.25 : 1);
      this.#zoom.to(middle - half, middle + half);
    } else if (event.key === '0') {
      this.#zoom.whole();
    } else if (event.key === 'Escape' && this.#at) {
      this.#leave();
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Moves to the next point of the panel's first curve. */
  #walk(sign) {
    const panel = this.#at?.panel ?? 0;
    const [low, high] = this.#axes(0)[0].range;
    const isRead = i => !['band', 'mark'].includes(this.meta.traces[i]?.kind);
    const xs = this.#chart.data
      .filter((trace, i) => trace.visible !== false && this.meta.traces[i]?.panel === panel && isRead(i))
      .reduce((longest, trace) => trace.x.length > longest.length ? trace.x : longest, []);
    const x = this.#at?.x ?? (sign > 0 ? -Infinity : Infinity);
    const gap = (high - low) / 100; // a hundred presses cross the chart
    const next = sign > 0
      ? xs.find(at => at > x && (at >= x + gap || at === xs.at(-1)) && at >= low) ?? xs.at(-1)
      : xs.findLast(at => at < x && (at <= x - gap || at === xs[0]) && at <= high) ?? xs[0];
    if (next !== undefined) {
      this.#read({ x: next, panel, y: this.#at?.y ?? 0 });
    }
  }

  /** Moves the crosshair and announces the three nearest values. */
  #read(at) {
    this.#at = at;
    this.#draw();
    const all = this.#rows().rows;
    const rows = all[at.panel];
    const { title, format } = this.meta.panels[at.panel];
    const said = rows.slice(0, 3).map(row => `${row.name} ${kindsInOrder.filter(kind => row.values[kind])
      .map(kind => `${kind === 'value' ? '' : `${kind} `}${text(row.values[kind].y, format)}`).join(', ')}`);
    this.#aloud.textContent = `${title}, ${this.#place(rows[0], all)}: ${said.join('; ')}`;
  }
}
