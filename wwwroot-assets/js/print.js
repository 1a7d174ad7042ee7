// A figure that is wider than a page is scaled to its width while it is printed: at once, for the browser does not wait for a redraw.

const PAGE = 640; // CSS pixels of A4 between its margins, within a card

/** Size of each scaled drawing on the screen, while it is on paper. */
const onScreen = new Map();

addEventListener('beforeprint', () => {
  for (const drawing of document.querySelectorAll('.js-plotly-plot .main-svg')) {
    const width = Number(drawing.getAttribute('width')), height = Number(drawing.getAttribute('height'));
    if (width > PAGE) {
      onScreen.set(drawing, { width, height });
      drawing.setAttribute('viewBox', `0 0 ${width} ${height}`);
      resize(drawing, PAGE, height * PAGE / width);
    }
  }
});

addEventListener('afterprint', () => {
  onScreen.forEach((size, drawing) => {
    drawing.removeAttribute('viewBox');
    resize(drawing, size.width, size.height);
  });
  onScreen.clear();
});

function resize(drawing, width, height) {
  drawing.setAttribute('width', width);
  drawing.setAttribute('height', height);
}
