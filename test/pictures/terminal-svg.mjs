/** What stands on a terminal as an SVG picture: runs of the same look, each at its place and stretched to its width. */

const cell = { width: 8.4, height: 18 };
const margin = 14;
const font = "'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, monospace";
/** Background and text; then the sixteen colours of a terminal. */
const ground = '#16191d';
const ink = '#d4d8dc';
const palette = [
  '#16191d',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#d4d8dc',
  '#5c6370',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#ffffff',
];
const dimmed = '#7b828c';

/** `title` is for those who cannot see it. */
export function terminalSvg(terminal, title) {
  const width = terminal.cols * cell.width + 2 * margin;
  const height = terminal.rows * cell.height + 2 * margin;
  const { active } = terminal.buffer;
  const rows = Array.from({ length: terminal.rows }, (_, row) =>
    rowRuns(active.getLine(active.viewportY + row)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${font}" font-size="14">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
${rows.flatMap((runs, row) => runs.map((run) => runSvg(run, row))).join('\n')}
</svg>
`;
}

function rowRuns(line) {
  const runs = [];
  for (let column = 0; line && column < line.length; column++) {
    const found = line.getCell(column);
    // The second half of a wide character.
    if (!found || found.getWidth() === 0) continue;
    const look = lookOf(found);
    const last = runs.at(-1);
    const same = last && last.key === look.key && last.column + last.columns === column;
    const run = same ? last : { ...look, column, columns: 0, text: '' };
    run.text += found.getChars() || ' ';
    run.columns += found.getWidth();
    if (!same) runs.push(run);
  }
  return runs.filter(({ text, fill }) => text.trim() !== '' || fill !== null);
}

function lookOf(found) {
  let colour = found.isFgPalette() ? (palette[found.getFgColor()] ?? ink) : ink;
  let fill = found.isBgPalette() ? (palette[found.getBgColor()] ?? ground) : null;
  if (found.isDim()) colour = dimmed;
  if (found.isInverse()) [colour, fill] = [fill ?? ground, colour];
  const bold = Boolean(found.isBold());
  return { colour, fill, bold, key: `${colour} ${fill} ${bold}` };
}

function runSvg({ text, column, columns, colour, fill, bold }, row) {
  const x = margin + column * cell.width;
  const y = margin + row * cell.height;
  const length = columns * cell.width;
  const back =
    fill === null ? '' : `<rect x="${x}" y="${y}" width="${length}" height="${cell.height}" fill="${fill}"/>`;
  const weight = bold ? ' font-weight="bold"' : '';
  return `${back}<text x="${x}" y="${y + 13.5}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="${colour}"${weight}>${escaped(text)}</text>`;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
