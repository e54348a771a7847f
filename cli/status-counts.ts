/** The middle of the status: messages, queue and sessions as three blocks side by side, 79 columns in all. */
import type { Status } from '../shared/api/server.ts';
import { formatBytes, formatCount } from '../shared/units.ts';
import type { View } from './columns/column.ts';
import { ageCell } from './columns/time.ts';
import { left, right, type SpanLine, span } from './spans.ts';
import type { Tone } from './style.ts';

interface Block {
  readonly width: number;
  readonly lines: readonly SpanLine[];
}

const gap = '   ';
/** Zeros are there, and step back. */
const countTone = (count: number, tone: Tone | null = null): Tone | null => (count === 0 ? 'old' : tone);

export function countLines(status: Status, view: View): readonly SpanLine[] {
  const blocks = [messagesBlock(status), queueBlock(status, view), sessionsBlock(status)];
  const rows = Math.max(...blocks.map(({ lines }) => lines.length));
  return Array.from({ length: rows }, (_, row) =>
    blocks.flatMap(
      ({ width, lines }, index): SpanLine => [
        ...(index === 0 ? [] : [span(gap)]),
        ...(lines[row] ?? [span(' '.repeat(width))]),
      ],
    ),
  );
}

const counterNames = [
  ['Processed', 'processedMessages'],
  ['Delivered', 'deliveredMessages'],
  ['Bounced', 'bouncedMessages'],
  ['Rejected', 'rejectedMessages'],
  ['Spam', 'spamMessages'],
  ['Viruses', 'virusesDetected'],
  ['Collected', 'collectedMessages'],
] as const;

function messagesBlock({ counters, totals }: Status): Block {
  return {
    width: 35,
    lines: [
      [left('Messages', 12, 'title'), right('since start', 12, 'old'), right('in all', 11, 'old')],
      ...counterNames.map(([name, counter]) => [
        left(name, 12),
        right(formatCount(counters[counter]), 12, countTone(counters[counter])),
        right(formatCount(totals[counter]), 11, countTone(totals[counter])),
      ]),
    ],
  };
}

function queueBlock({ queue }: Status, view: View): Block {
  const states = [
    ['Ready', queue.ready, null],
    ['Active', queue.active, 'good'],
    ['Deferred', queue.deferred, 'waiting'],
    ['Held', queue.held, 'bad'],
  ] as const;
  return {
    width: 18,
    lines: [
      [left('Queue', 9, 'title'), right(formatCount(queue.total), 9, 'title')],
      ...states.map(([name, count, tone]) => [
        left(name, 9),
        right(formatCount(count), 9, countTone(count, tone)),
      ]),
      [left('Size', 9), right(formatBytes(queue.bytes), 9, countTone(queue.bytes))],
      [left('Oldest', 9), right(ageCell(queue.oldestAt, view), 9, queue.oldestAt === null ? 'old' : null)],
    ],
  };
}

/** Those with clients of ours, and ours with the servers of others. */
const sessionNames = [
  ['SMTP', 'smtp', 'smtpClient'],
  ['Submission', 'submission', null],
  ['POP3', 'pop3', 'pop3Client'],
  ['IMAP4', 'imap', 'imapClient'],
  ['Minger', 'minger', null],
] as const;

function sessionsBlock({ sessions }: Status): Block {
  const total = Object.values(sessions).reduce((sum, count) => sum + count, 0);
  return {
    width: 20,
    lines: [
      [left('Sessions', 10, 'title'), right(formatCount(total), 10, 'title')],
      [left('', 10), right('in', 5, 'old'), right('out', 5, 'old')],
      ...sessionNames.map(([name, inward, outward]) => [
        left(name, 10),
        right(formatCount(sessions[inward]), 5, countTone(sessions[inward])),
        outward === null
          ? right('', 5)
          : right(formatCount(sessions[outward]), 5, countTone(sessions[outward])),
      ]),
    ],
  };
}
