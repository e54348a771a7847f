/** A daily report as HTML: tables, and bars made of coloured cells. No image, no script, nothing from elsewhere. */
import { visible } from '../../../shared/terminal-text.ts';
import { type ReportFacts, type ReportSection, reportTime, sectionsOf } from './report-data.ts';

const barPixels = 160;

export function reportHtml(facts: ReportFacts): string {
  const title = `Mail server ${facts.hostname}`;
  return [
    '<!DOCTYPE html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${text(title)}</title></head>`,
    '<body style="font-family:sans-serif;font-size:14px;color:#222">',
    `<h1 style="font-size:20px">${text(title)}</h1>`,
    `<p>${text(`${reportTime(facts.from)} to ${reportTime(facts.to)}`)}</p>`,
    ...sectionsOf(facts).flatMap(sectionHtml),
    '</body></html>',
    '',
  ].join('\n');
}

function sectionHtml({ title, columns, rows, empty }: ReportSection): readonly string[] {
  const head = `<h2 style="font-size:16px;margin:18px 0 4px">${text(title)}</h2>`;
  if (rows.length === 0) return [head, `<p>${text(empty)}</p>`];
  const titles = columns.some((column) => column !== '')
    ? [
        `<tr>${columns.map((column) => `<th align="left" style="padding:2px 12px 2px 0">${text(column)}</th>`).join('')}</tr>`,
      ]
    : [];
  return [
    head,
    '<table cellspacing="0" cellpadding="0">',
    ...titles,
    ...rows.map(
      ({ cells, bar }) =>
        `<tr>${cells.map((cell) => `<td valign="top" style="padding:2px 12px 2px 0">${text(cell)}</td>`).join('')}${barCell(bar)}</tr>`,
    ),
    '</table>',
  ];
}

function barCell(bar: number | null): string {
  if (bar === null) return '';
  const width = Math.round(Math.min(1, Math.max(0, bar)) * barPixels);
  return `<td><div style="background:#4a7ebb;height:10px;width:${width}px"></div></td>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Whatever a stranger wrote stays text: nothing in it is markup, hides, or turns the line around. */
const text = (raw: string): string =>
  visible(raw).replace(/[&<>"']/g, (character) => entities[character] ?? '');
