// The icon of the browser's tab. Each state has a shape besides its colour.

const marks = {
  running: ['#177245', '<path d="M21 18.5v11l8.5-5.5z" fill="#fff"/>'],
  paused: ['#8f5400', '<path d="M21.5 19v10M26.5 19v10" stroke="#fff" stroke-width="3"/>'],
  finished: ['#177245', '<path d="M19.5 24l3.5 3.5 6-7" fill="none" stroke="#fff" stroke-width="3"/>'],
  failed: ['#c0262d', '<path d="M20.5 20.5l7 7M27.5 20.5l-7 7" stroke="#fff" stroke-width="3"/>'],
  interrupted: ['#8f5400', '<path d="M24 18v7M24 27.5v2.5" stroke="#fff" stroke-width="3"/>'],
};

let plain = null;

/** Shows the state of the page's run in the tab; null or a state without a mark shows the studio's own icon. */
export function showRunState(state) {
  const link = document.querySelector('link[rel=icon]');
  plain ??= link.href;
  link.dataset.state = state ?? '';
  const mark = marks[state];
  link.href = !mark ? plain : `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="8" fill="#3056d3"/>
<path d="M6 7c4 11 8 12 15 12" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>
<circle cx="24" cy="24" r="8" fill="${mark[0]}" stroke="#fff" stroke-width="1.5"/>${mark[1]}</svg>`)}`;
}
