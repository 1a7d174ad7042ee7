// The axes of a chart's panels, whose x axes show the same range.

const WIDEST = 5; // widest range of numbers that Plotly, which draws up to ten ticks, would divide between whole ones

/** The change of the layout that resets all axes to the range of their data. */
export function wholeRange(panels) {
  return Object.fromEntries(suffixes(panels).flatMap(n => [[`xaxis${n}.autorange`, true], [`yaxis${n}.autorange`, true]]));
}

/** Keeps the ticks of an axis that counts, such as steps, at whole numbers while a user zooms and points are added. */
export function keepTicksWhole(chart) {
  chart.on('plotly_afterplot', () => {
    const across = chart._fullLayout?.xaxis;
    const { meta } = chart.layout;
    if (!chart.isConnected || !meta?.whole || !across) {
      return;
    }
    const width = across.range[1] - across.range[0];
    const isEach = chart.layout.xaxis.dtick === 1;
    if (isEach ? width > 2 * WIDEST : width <= WIDEST) {
      const changed = isEach ? { tickmode: 'auto', dtick: null } : { tickmode: 'linear', dtick: 1 };
      Plotly.relayout(chart, Object.fromEntries(suffixes(meta.panels.length)
        .flatMap(n => Object.entries(changed).map(([name, value]) => [`xaxis${n}.${name}`, value]))));
    }
  });
}

/** Plotly's numbers of axes: none for the first, then 2, 3 and so on. */
function suffixes(panels) {
  return Array.from({ length: panels }, (_, i) => i === 0 ? '' : i + 1);
}
