// Browser interop for the pages. Each subscription is owned by a .NET object and ends with it.

import './legend.js';
import './print.js';
import { save } from './save.js';

export { readCurves, showCurves } from './curves.js';
export { canLoadAhead } from './idle.js';
export { notify, watchNotices } from './notices.js';
export { saveFigure } from './paper.js';
export { showRunState } from './tab-icon.js';

/** Reports tab visibility to the page, so that a hidden page stops polling. */
export function watchVisibility(page) {
  const tell = () => page.invokeMethodAsync('SetVisible', document.visibilityState === 'visible').catch(() => { });
  document.addEventListener('visibilitychange', tell);
  tell();
  return { stop: () => document.removeEventListener('visibilitychange', tell) };
}

/** Forwards single keys to the page; text input and keys with Ctrl, Alt or Meta are left to the browser. */
export function watchKeys(page) {
  const listen = event => {
    const at = event.target;
    const typing = 'input:not([type=checkbox], [type=radio]), textarea, select, [role=slider], [role=listbox] *, [role=menu] *';
    const isTyping = at instanceof HTMLElement && (at.isContentEditable || at.matches(typing));
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || (isTyping && event.key !== 'Escape')) {
      return;
    }
    const dialog = document.querySelector('[role=dialog]');
    if (event.key === 'Escape' && (document.querySelector('.mud-popover-open') || (dialog && !dialog.querySelector('.keys')))) {
      return; // closes the open popover or dialog only
    }
    if (event.key === '/' || event.key === '?') {
      event.preventDefault(); // prevents Firefox's quick find
    }
    const search = event.key === '/' ? document.querySelector('#run-search, #help-search') : null;
    if (search) {
      search.focus(); // immediately: the next keystrokes belong to the search field
      search.select();
    } else if (event.key.length === 1 || event.key === 'Escape') {
      page.invokeMethodAsync('OnKey', event.key).catch(() => { });
    }
  };
  document.addEventListener('keydown', listen);
  return { stop: () => document.removeEventListener('keydown', listen) };
}

// Firefox drags an element only if it has transfer data.
document.addEventListener('dragstart', event => event.dataTransfer?.setData('text/plain', ''));

export function focus(selector) {
  const element = document.querySelector(selector);
  element?.focus();
  element?.select?.();
}

export function themeChoice() {
  return document.documentElement.dataset.theme ?? 'system';
}

export function chooseTheme(choice) {
  if (choice === 'system') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = choice;
  }
  try { localStorage.setItem('theme', choice); } catch { /* storage is disabled: the choice lasts until the page is closed */ }
}

export async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea'); // the Clipboard API is unavailable over plain HTTP from another machine
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

export async function saveStream(name, type, stream) {
  save(name, new Blob([await stream.arrayBuffer()], { type }));
}

/** Saves the chart's data as CSV: one row per x, one column per curve. */
export function saveChartTable(id, name, xTitle) {
  const traces = document.getElementById(id).data.filter(trace => trace.meta && trace.visible !== false && trace.x.length > 0);
  const rows = new Map();
  traces.forEach((trace, column) => trace.x.forEach((x, i) => {
    if (!rows.has(x)) {
      rows.set(x, new Array(traces.length).fill(''));
    }
    rows.get(x)[column] = trace.y[i] ?? '';
  }));
  const plain = text => /^[=+\-@\t\r]/.test(text) ? `'${text}` : text; // prevents a spreadsheet from evaluating it as a formula
  const quote = text => /[",\n\r]/.test(text) ? `"${plain(text).replaceAll('"', '""')}"` : plain(text);
  const header = [xTitle, ...traces.map(trace => trace.meta ?? trace.name)].map(quote).join(',');
  const lines = [...rows.entries()].sort((a, b) => a[0] - b[0]).map(([x, values]) => [x, ...values].join(','));
  save(name, new Blob([[header, ...lines].join('\n') + '\n'], { type: 'text/csv' }));
}

export function click(selector) {
  document.querySelector(selector)?.click();
}

/** Replaces the page's URL and preserves the history state, which Blazor uses. */
export function keepAddress(address) {
  history.replaceState(history.state, '', new URL(address, document.baseURI));
}

/** Shows another view as a new history entry, so that Back returns to the previous one. */
export function pushAddress(address) {
  history.pushState({ ...history.state, _index: (history.state?._index ?? 0) + 1 }, '', new URL(address, document.baseURI));
}

/** Scrolls to a section of the manual and focuses its heading; without an id, focuses the page title. */
export function showSection(id) {
  const heading = id ? document.getElementById(id) : null;
  heading?.scrollIntoView();
  (heading ?? document.querySelector('h1'))?.focus({ preventScroll: true });
}

/** Scrolls only as far as needed to make an element visible. */
export function reveal(selector) {
  document.querySelector(selector)?.scrollIntoView({ block: 'nearest' });
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = number => String(number).padStart(2, '0');

/** Shows a time in the user's time zone as of that time: with seconds, or with minutes and, if not today, the day. */
class LocalTime extends HTMLElement {
  static observedAttributes = ['datetime', 'form'];
  static shown = new Set();

  #time = document.createElement('time');

  connectedCallback() {
    this.append(this.#time);
    LocalTime.shown.add(this);
    this.show();
  }

  disconnectedCallback() {
    LocalTime.shown.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) {
      this.show();
    }
  }

  show() {
    const at = new Date(this.getAttribute('datetime'));
    const minute = `${two(at.getHours())}:${two(at.getMinutes())}`;
    const second = `${minute}:${two(at.getSeconds())}`;
    const now = new Date();
    const day = `${at.getDate()} ${months[at.getMonth()]}`;
    const short = at.toDateString() === now.toDateString() ? minute
      : at.getFullYear() === now.getFullYear() ? `${day} ${minute}`
      : `${day} ${at.getFullYear()}`;
    const east = -at.getTimezoneOffset();
    const offset = `${east < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
    this.#time.dateTime = this.getAttribute('datetime');
    this.#time.title = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${second} ${offset}`;
    const text = this.getAttribute('form') === 'clock' ? second : short;
    if (this.#time.textContent !== text) {
      this.#time.textContent = text;
    }
  }
}

customElements.define('local-time', LocalTime);
setInterval(() => LocalTime.shown.forEach(element => element.show()), 60000); // "today" ends at midnight
