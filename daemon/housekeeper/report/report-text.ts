/** A daily report as plain text: padded columns and bars of characters. What strangers wrote is made visible. */
import { cut, measureAscii, pad, visible } from '../../../shared/terminal-text.ts';
import { type ReportFacts, type ReportSection, reportTime, sectionsOf } from './report-data.ts';

const barWidth = 24;
/** Longer addresses are cut: who writes such wants the table to be unreadable. */
const maxCell = 48;

export function reportText(facts: ReportFacts): string {
  const head = [
    `Mail server ${visible(facts.hostname)}`,
    `${reportTime(facts.from)} to ${reportTime(facts.to)}`,
  ];
  const parts = sectionsOf(facts).map((section) => sectionLines(section).join('\n'));
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`;
}

function sectionLines({ title, columns, rows, empty, prose }: ReportSection): readonly string[] {
  const head = [title, '-'.repeat(title.length)];
  if (rows.length === 0) return [...head, empty];
  const cells = rows.map((row) => row.cells.map((cell) => visible(cell)));
  if (prose) return [...head, ...cells.flatMap(stacked)];
  const titled = columns.some((column) => column !== '');
  const lines = titled ? [columns, ...cells] : cells;
  const widths = columns.map((_, column) =>
    Math.min(maxCell, Math.max(...lines.map((line) => line[column]?.length ?? 0))),
  );
  const last = columns.length - 1;
  const layout = (line: readonly string[], bar: number | null): string => {
    const padded = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      if (column === last && bar === null) return cell;
      return pad(cut(cell, width, measureAscii), width, measureAscii, isNumber(cell) ? 'right' : 'left');
    });
    return `${padded.join('  ')}${bar === null ? '' : `  ${'#'.repeat(Math.round(bar * barWidth))}`}`.trimEnd();
  };
  return [
    ...head,
    ...(titled ? [layout(columns, null)] : []),
    ...cells.map((line, row) => layout(line, rows[row]?.bar ?? null)),
  ];
}

/** Sentences do not fit beside each other: the first two cells begin, the others stand below. */
const stacked = ([first = '', second = '', ...more]: readonly string[]): readonly string[] => [
  `${first}  ${second}`,
  ...more.map((cell) => `    ${cell}`),
];

const isNumber = (cell: string): boolean => /^[\d,.]+( [KMGTP]?B)?$/.test(cell);
