// What the read-out beside a chart shows: values of curves as text, in one table for each panel.

/** Index of the trace's last value. */
export function last(trace) {
  for (let i = trace.x.length - 1; i >= 0; i--) {
    if (trace.y[i] !== null) {
      return i;
    }
  }
  return null;
}

/** Index of the value nearest to x; null beyond the ends of the curve. */
export function nearest(trace, x, width) {
  const xs = trace.x;
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    [low, high] = xs[middle] < x ? [middle + 1, high] : [low, middle];
  }
  let best = null;
  for (let i = Math.max(0, low - 8); i < Math.min(xs.length, low + 8); i++) {
    if (trace.y[i] !== null && (best === null || Math.abs(xs[i] - x) < Math.abs(xs[best] - x))) {
      best = i;
    }
  }
  const isBeyond = x < xs[0] - width / 50 || x > xs[xs.length - 1] + width / 50;
  return isBeyond ? null : best;
}

/** Step of a point; those appended since the last redraw continue the line through the two before. */
export function stepOf(trace, point, axis) {
  const steps = trace.customdata;
  if (axis === 'step') {
    return trace.x[point];
  }
  if (!steps?.length) {
    return null;
  }
  const end = steps.length - 1;
  if (point <= end || end < 1 || trace.x[end] === trace.x[end - 1]) {
    return steps[Math.min(point, end)];
  }
  return Math.round(steps[end] + (trace.x[point] - trace.x[end]) * (steps[end] - steps[end - 1]) / (trace.x[end] - trace.x[end - 1]));
}

/** The kinds of values in the order of the columns. */
export const kindsInOrder = ['smoothed', 'raw', 'value', 'validation'];

/**
 * The table of a panel. In a narrow one, names of pointed curves have their own lines; a brief one omits raw values to make room for names.
 */
export function panelOf(panel, rows, columns, isNarrow, isBrief) {
  const isSpare = kind => isNarrow && isBrief && kind === 'raw' && columns.has('smoothed');
  const kinds = kindsInOrder.filter(kind => columns.has(kind) && !isSpare(kind));
  const table = element('table', 'read-panel');
  const caption = element('caption', '', panel.title);
  caption.append(element('span', 'soft', panel.unit ? ` ${panel.unit}` : ''));
  const head = element('tr');
  const isPlain = kinds.length === 1 && kinds[0] === 'value'; // the caption names it
  head.append(element('td'), ...kinds.map(kind => element(isPlain ? 'td' : 'th', 'right', isPlain ? '' : kind)));
  const body = rows.map((row, i) => {
    const line = element('tr', i === 0 ? 'is-nearest' : '');
    const name = element('th');
    const key = element('i', 'read-key');
    key.style.setProperty('--c', row.color);
    key.classList.toggle('is-dashed', Boolean(row.dash));
    name.append(key, element('span', '', row.name));
    name.title = row.name;
    const values = kinds.map(kind => element('td', 'right', row.values[kind] ? text(row.values[kind].y, panel.format) : ''));
    if (!isNarrow || isBrief || kinds.length === 1) {
      line.append(name, ...values);
      return [line];
    }
    name.colSpan = kinds.length + 1;
    line.append(name);
    const below = element('tr', line.className);
    below.append(element('td'), ...values);
    return [line, below];
  });
  const top = element('thead');
  top.append(head);
  const rest = element('tbody');
  rest.append(...body.flat());
  table.append(caption, top, rest);
  return table;
}

export function element(name, className = '', content = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = content;
  return made;
}

/** Formats a number as d3 does, for the few formats that figures use. */
export function text(value, format) {
  const [, sign, comma, digits, trim, type] = /^(\+?)(,?)(?:\.(\d+))?(~?)([%feg]?)$/.exec(format) ?? [];
  const places = Number(digits ?? 3);
  const whole = Math.floor(Math.log10(Math.abs(value) || 1));
  let shown = type === '%' ? `${(value * 100).toFixed(places)} %`
    : type === 'e' ? value.toExponential(places)
    : type === 'f' ? value.toFixed(places < 3 ? places : Math.max(1, places - Math.max(0, whole))) // 176.87, not 176.8664
    : String(Number(value.toPrecision(6)));
  if (sign && Number(shown.replace(/ %$/, '')) === 0) {
    return shown.replace('-', ''); // a difference that rounds to zero has no sign
  }
  if (type === 'f' && value !== 0 && Math.abs(value) < 10 ** -places) {
    shown = value.toExponential(2); // not 0.0000
  } else if (type === 'f' && Math.abs(value) >= 1e9) {
    shown = value.toExponential(3);
  }
  if (trim && type === 'e') {
    shown = shown.replace(/\.?0+e/, 'e');
  }
  if (comma) {
    shown = shown.replace(/^(-?\d+)/, whole => whole.replace(/\B(?=(\d{3})+$)/g, ','));
  }
  return (sign && value > 0 ? '+' : '') + shown.replace('-', '−');
}
