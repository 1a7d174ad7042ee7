// Saves a drawn figure for a paper: on white, 180 mm wide as a page's text, with legend and caption; SVG, or PNG at 300 dots per inch.

import { save } from './save.js';

const WIDTH = 680; // CSS pixels of 180 mm
const MOST_HEIGHT = 860; // of the panels, so that they fit on a page with their caption
const MILLIMETRES = 180;
const DOTS_PER_INCH = 300;
const MILLIMETRES_PER_INCH = 25.4;
const KEY = 36;
const ROW = 19;
const CAPTION_ROW = 15;
const NAMESPACE = 'http://www.w3.org/2000/svg';

/** Returns immediately: a large figure takes longer than the time limit of a call into the browser. */
export function saveFigure(id, name, format, paper) {
  const chart = document.getElementById(id);
  draw(chart, paper)
    .then(figure => format === 'svg' ? new Blob([figure.text], { type: 'image/svg+xml' }) : rasterize(figure))
    .then(blob => save(`${name}.${format}`, blob))
    .catch(error => console.error(`The figure could not be saved as ${format}.`, error));
}

async function draw(chart, paper) {
  const height = Math.min(chart.layout.height, MOST_HEIGHT);
  const data = chart.data.map((trace, i) => recolored(trace, paper.traces[i])).filter(trace => trace.visible !== false);
  const plot = await Plotly.toImage(
    { data, layout: onPaper(chart.layout, paper, height), config: { staticPlot: true } },
    { format: 'svg', width: WIDTH, height, imageDataOnly: true });
  const root = shape('svg', { xmlns: NAMESPACE, 'font-family': paper.font, 'font-size': 12 });
  root.append(shape('rect', { width: '100%', height: '100%', fill: paper.surface }));
  root.append(document.importNode(new DOMParser().parseFromString(plot, 'image/svg+xml').documentElement, true));
  let bottom = drawLegend(root, paper, height + 6);
  bottom = drawCaption(root, paper, bottom + 6);
  const whole = Math.ceil(bottom + 6);
  root.setAttribute('viewBox', `0 0 ${WIDTH} ${whole}`);
  root.setAttribute('width', `${MILLIMETRES}mm`);
  root.setAttribute('height', `${(whole * MILLIMETRES / WIDTH).toFixed(2)}mm`);
  return { text: new XMLSerializer().serializeToString(root), height: whole };
}

function recolored(trace, color) {
  const copy = structuredClone(trace);
  for (const part of [copy.line, copy.marker, copy.marker?.line, copy.error_y].filter(part => part)) {
    part.color = color;
  }
  if (copy.fillcolor) {
    copy.fillcolor = color + copy.fillcolor.slice(7); // keeps the opacity
  }
  return copy;
}

function onPaper(shown, paper, height) {
  const layout = structuredClone(shown);
  Object.assign(layout, { width: WIDTH, height, autosize: false, paper_bgcolor: paper.surface, plot_bgcolor: paper.surface });
  layout.font.color = paper.softInk;
  for (const axis of Object.keys(layout).filter(key => /^[xy]axis/.test(key)).map(key => layout[key])) {
    Object.assign(axis, { gridcolor: paper.grid, linecolor: paper.line, zerolinecolor: paper.softInk });
    axis.tickfont = { ...axis.tickfont, color: paper.softInk };
    if (axis.title?.font) {
      axis.title.font.color = paper.softInk;
    }
  }
  for (const note of layout.annotations ?? []) {
    note.text = note.text.replace(/color:#[0-9a-f]{6}/g, `color:${paper.softInk}`);
    note.font = { ...note.font, color: note.text.startsWith('<b>') ? paper.ink : paper.softInk };
  }
  for (const line of layout.shapes ?? []) {
    line.line.color = paper.softInk;
  }
  return layout;
}

/** Draws the entries in rows; a name wider than the page continues in the next line. Returns the lower edge. */
function drawLegend(root, paper, top) {
  let [x, y] = [10, top + ROW / 2];
  for (const entry of paper.legend) {
    const lines = wrap(entry.name, WIDTH - KEY - 20, '12px sans-serif');
    const width = KEY + Math.max(...lines.map(line => widthOf(line, '12px sans-serif'))) + 20;
    if (x > 10 && x + width > WIDTH) {
      [x, y] = [10, y + ROW];
    }
    const key = shape('g', { transform: `translate(${x + 14},${y})`, fill: entry.color, stroke: entry.color });
    if (entry.dash !== null) {
      key.append(shape('path', { d: 'M-14,0H14', 'stroke-width': 2, 'stroke-dasharray': entry.dash || 'none' }));
    }
    if (entry.mark !== null) {
      key.append(shape('path', { d: entry.mark, transform: 'scale(.75)', 'stroke-width': 0 }));
    }
    root.append(key, ...lines.map((line, i) => shape('text', { x: x + KEY, y: y + 4 + i * CAPTION_ROW, fill: paper.ink }, line)));
    y += (lines.length - 1) * CAPTION_ROW;
    x += width;
  }
  return paper.legend.length > 0 ? y + ROW / 2 : top;
}

function drawCaption(root, paper, top) {
  const lines = paper.caption ? wrap(paper.caption, WIDTH - 20, '11px sans-serif') : [];
  root.append(...lines.map((line, i) =>
    shape('text', { x: 10, y: top + 11 + i * CAPTION_ROW, fill: paper.softInk, 'font-size': 11 }, line)));
  return top + lines.length * CAPTION_ROW;
}

function shape(name, attributes, content) {
  const made = document.createElementNS(NAMESPACE, name);
  Object.entries(attributes).filter(([key]) => key !== 'xmlns').forEach(([key, value]) => made.setAttribute(key, value));
  if (content !== undefined) {
    made.textContent = content;
  }
  return made;
}

const ruler = document.createElement('canvas').getContext('2d');

function widthOf(line, font) {
  ruler.font = font;
  return ruler.measureText(line).width * 1.04; // other systems' fonts are a little wider
}

/** Breaks a text into lines, between words or, if one is longer than a line, within it. */
function wrap(words, width, font) {
  const lines = [''];
  for (const word of words.split(/\s+/).flatMap(word => widthOf(word, font) > width ? word.match(/.{1,40}/gu) : [word])) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (widthOf(longer, font) > width) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = longer;
    }
  }
  return lines;
}

async function rasterize(figure) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([figure.text], { type: 'image/svg+xml' }));
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(MILLIMETRES / MILLIMETRES_PER_INCH * DOTS_PER_INCH);
  canvas.height = Math.round(canvas.width * figure.height / WIDTH);
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return withResolution(await new Promise(done => canvas.toBlob(done, 'image/png')));
}

/** Sets the size of a PNG on paper: inserts a pHYs chunk after the header, which takes 33 bytes. */
async function withResolution(png) {
  const bytes = new Uint8Array(await png.arrayBuffer());
  const chunk = new DataView(new ArrayBuffer(21));
  const perMetre = Math.round(DOTS_PER_INCH * 1000 / MILLIMETRES_PER_INCH);
  chunk.setUint32(0, 9);
  [...'pHYs'].forEach((letter, i) => chunk.setUint8(4 + i, letter.charCodeAt(0)));
  chunk.setUint32(8, perMetre);
  chunk.setUint32(12, perMetre);
  chunk.setUint8(16, 1);
  chunk.setUint32(17, checksum(new Uint8Array(chunk.buffer, 4, 13)));
  return new Blob([bytes.subarray(0, 33), chunk.buffer, bytes.subarray(33)], { type: 'image/png' });
}

/** CRC-32 as defined by PNG. */
function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
  }
  return (sum ^ 0xffffffff) >>> 0;
}
