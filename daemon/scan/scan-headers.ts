/**
 * What scanners found, as headers of the message: `X-Virus-Status` and `X-Spam-Status` in the forms that filters of mail
 * programs know. A message that was not scanned says so; one that says nothing was never shown to a scanner.
 */
import type { ScannerName } from './scanner.ts';
import type { ScanOutcome } from './watched-scanner.ts';

/** RFC 5322 2.1.1 asks for lines of at most 78 characters. */
const MAX_LINE = 76;

/** Header fields with their line ends. */
export function scanHeaders(scanner: ScannerName, outcome: ScanOutcome, hostname: string): string[] {
  switch (outcome.kind) {
    case 'clean':
      return [`X-Virus-Scanned: ${scanner} at ${hostname}\r\n`, 'X-Virus-Status: Clean\r\n'];
    case 'virus':
      return [
        `X-Virus-Scanned: ${scanner} at ${hostname}\r\n`,
        `X-Virus-Status: Infected (${printable(outcome.name)})\r\n`,
      ];
    case 'spam':
    case 'ham': {
      const isSpam = outcome.kind === 'spam';
      const head = `X-Spam-Status: ${isSpam ? 'Yes' : 'No'}, score=${outcome.score} required=${outcome.required}`;
      const tests = fold(outcome.tests.length === 0 ? ['none'] : outcome.tests);
      const status = `${head}\r\n\tscanner=${scanner} tests=${tests}\r\n`;
      return isSpam ? ['X-Spam-Flag: YES\r\n', status] : [status];
    }
    case 'skipped':
      return [notScanned(scanner, 'message too large')];
    case 'unavailable':
      // The rest is the operator's business, and stands in the log.
      return [notScanned(scanner, 'scanner unavailable')];
  }
}

function notScanned(scanner: ScannerName, why: string): string {
  return scanner === 'clamd'
    ? `X-Virus-Status: Not scanned (${why})\r\n`
    : `X-Spam-Status: Unknown, not scanned (${why}) scanner=${scanner}\r\n`;
}

function fold(names: readonly string[]): string {
  let line = '';
  const lines: string[] = [];
  for (const name of names) {
    if (line !== '' && line.length + name.length > MAX_LINE) {
      lines.push(line);
      line = '';
    }
    line += `${line === '' ? '' : ','}${name}`;
  }
  return [...lines, line].join(',\r\n\t');
}

/** A scanner's word must not make a header of its own. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]|[()]/g, '?').slice(0, 200);

/** Fields of that kind that came with the message: nobody but us may say that it was scanned here. */
export function claimsScan(
  name: string,
  scans: { readonly viruses: boolean; readonly spam: boolean },
): boolean {
  return (scans.viruses && name.startsWith('x-virus-')) || (scans.spam && name.startsWith('x-spam-'));
}
