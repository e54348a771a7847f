/** What the self-test found, for a person at a terminal: a finding is a few lines, each as long as the terminal is wide. */
import type { Finding } from '../shared/api/doctor.ts';
import { visible } from '../shared/terminal-text.ts';
import { severityTones } from './columns/findings.ts';
import { timeCell } from './columns/time.ts';
import type { Output } from './output.ts';

const indent = '  ';
/** Beyond it lines are hard to read. */
const widest = 100;

export async function showFindings(output: Output, findings: readonly Finding[]): Promise<void> {
  const paint = await output.paint();
  const { view } = output;
  const width = Math.min(output.width, widest);
  const blocks = findings.map(({ severity, code, subject, evidence, remedy, since, acknowledgedUntil }) => {
    const known =
      acknowledgedUntil === null ? '' : `, acknowledged until ${timeCell(acknowledgedUntil, view)}`;
    const title = `${paint(severityTones[severity], severity.toUpperCase())} ${paint('accent', visible(code))}`;
    return [
      `${title} ${visible(subject)} ${paint('old', `since ${timeCell(since, view)}${known}`)}`,
      ...lines(visible(evidence), width),
      ...lines(visible(remedy), width).map((line) => paint('accent', line)),
    ].join('\n');
  });
  await output.raw(`${blocks.join('\n\n')}\n`);
}

/** At spaces; a word that is longer than a line, such as a record for the DNS, stays whole so that it can be copied. */
function lines(text: string, width: number): readonly string[] {
  const done: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      done.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...done, indent + line];
}
