// Figures take the width of a page while they are printed, instead of the screen's.

const PAGE = 640; // CSS pixels of A4 between its margins, within a card

/** The layout of each figure on the screen, while it is on paper. */
const onScreen = new Map();

/** Parts of the page that were folded, which paper cannot unfold. */
const folded = new Set();

addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('.verdict details:not([open])')) {
    folded.add(details);
    details.open = true;
  }

  for (const chart of document.querySelectorAll('.js-plotly-plot')) {
    if (chart._fullLayout) {
      const height = chart.layout.height ?? null;
      onScreen.set(chart, { width: chart.layout.width ?? null, height, autosize: chart.layout.autosize ?? true });
      Plotly.relayout(chart, { width: PAGE, height, autosize: false });
    }
  }
});

addEventListener('afterprint', () => {
  folded.forEach(details => { details.open = false; });
  folded.clear();
  onScreen.forEach((layout, chart) => Plotly.relayout(chart, layout));
  onScreen.clear();
});
