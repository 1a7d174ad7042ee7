import { markCurves } from './curves.js';

// Pointing at an entry of a legend, or focusing it, highlights its curves.
function highlight(event, isOver) {
  const entry = event.target.closest?.('[data-group]');
  const chart = entry?.closest('[data-figure]')?.querySelector('.js-plotly-plot');
  if (chart) {
    markCurves(chart, isOver && !entry.classList.contains('is-hidden') ? entry.dataset.group : null);
  }
}

document.addEventListener('pointerover', event => highlight(event, true));
document.addEventListener('pointerout', event => highlight(event, false));
document.addEventListener('focusin', event => highlight(event, event.target.matches?.(':focus-visible')));
document.addEventListener('focusout', event => highlight(event, false));
