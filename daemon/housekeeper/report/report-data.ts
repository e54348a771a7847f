/** The facts of one daily report, as data; daily-report.ts gathers them, report-text.ts and report-html.ts show them. */
import type { Status, Warning } from '../../../shared/api/server.ts';
import { formatAge, formatBytes, formatCount } from '../../../shared/units.ts';
import { isoTime } from '../../clock.ts';
import type { IdleAccount, NamedCount } from './report-store.ts';

export interface ReportFacts {
  readonly hostname: string;
  /** ms since 1970. */
  readonly from: number;
  readonly to: number;
  /** Since the report before, by name of counter. */
  readonly counters: ReadonlyMap<string, number>;
  readonly hours: readonly number[];
  readonly incoming: readonly NamedCount[];
  readonly outgoing: readonly NamedCount[];
  readonly senders: readonly NamedCount[];
  readonly idle: readonly IdleAccount[];
  readonly queue: Status['queue'];
  readonly waiting: readonly NamedCount[];
  readonly warnings: readonly Warning[];
}

/** A part of the report: a title, what to say when it is empty, and rows of cells. */
export interface ReportSection {
  readonly title: string;
  readonly columns: readonly string[];
  /** `bar`: 0 to 1, for a chart. */
  readonly rows: readonly { readonly cells: readonly string[]; readonly bar: number | null }[];
  readonly empty: string;
  /** Sentences, which do not fit beside each other in plain text. */
  readonly prose?: boolean;
}

const counterTitles = [
  ['processedMessages', 'Processed'],
  ['deliveredMessages', 'Delivered'],
  ['bouncedMessages', 'Bounced'],
  ['rejectedMessages', 'Rejected'],
  ['spamMessages', 'Spam'],
  ['virusesDetected', 'Viruses'],
  ['collectedMessages', 'Collected'],
] as const;

/** `2026-11-22 04:31 UTC` */
export const reportTime = (ms: number): string => `${isoTime(ms).slice(0, 16).replace('T', ' ')} UTC`;

export function sectionsOf(facts: ReportFacts): readonly ReportSection[] {
  return [
    warningSection(facts.warnings),
    counterSection(facts.counters),
    hourSection(facts),
    countSection('Received by user', 'Address', facts.incoming, 'Nobody here got mail.'),
    countSection('Sent by user', 'User', facts.outgoing, 'Nobody here sent mail.'),
    countSection('Top senders', 'Sender', facts.senders, 'There were none.'),
    queueSection(facts),
    countSection('Waiting, by domain', 'Domain', facts.waiting, 'Nothing waits.'),
    idleSection(facts),
  ];
}

function warningSection(warnings: readonly Warning[]): ReportSection {
  return {
    title: 'Warnings',
    columns: ['Severity', 'What', 'Evidence', 'Remedy'],
    rows: warnings.map(({ severity, subject, evidence, remedy }) => ({
      cells: [severity, subject, evidence, remedy],
      bar: null,
    })),
    empty: 'There are none.',
    prose: true,
  };
}

function counterSection(counters: ReportFacts['counters']): ReportSection {
  return {
    title: 'Messages',
    columns: ['', 'Since the last report'],
    rows: counterTitles.map(([name, title]) => ({
      cells: [title, formatCount(counters.get(name) ?? 0)],
      bar: null,
    })),
    empty: '',
  };
}

function hourSection({ hours, from }: ReportFacts): ReportSection {
  const most = Math.max(1, ...hours);
  return {
    title: 'Messages by hour',
    columns: ['Hour (UTC)', 'Messages'],
    rows: hours.map((messages, hour) => ({
      cells: [isoTime(from + hour * 3_600_000).slice(11, 16), formatCount(messages)],
      bar: messages / most,
    })),
    empty: '',
  };
}

function countSection(
  title: string,
  name: string,
  counts: readonly NamedCount[],
  empty: string,
): ReportSection {
  const most = Math.max(1, ...counts.map(({ messages }) => messages));
  return {
    title,
    columns: [name, 'Messages', 'Size'],
    rows: counts.map((one) => ({
      cells: [one.name, formatCount(one.messages), formatBytes(one.bytes)],
      bar: one.messages / most,
    })),
    empty,
  };
}

function queueSection({ queue, to }: ReportFacts): ReportSection {
  const oldest = queue.oldestAt === null ? '-' : formatAge(to - Date.parse(queue.oldestAt));
  return {
    title: 'Queue',
    columns: ['', ''],
    rows: [
      ['Waiting', formatCount(queue.total)],
      ['Deferred', formatCount(queue.deferred)],
      ['Held', formatCount(queue.held)],
      ['Size', formatBytes(queue.bytes)],
      ['Oldest', oldest],
    ].map((cells) => ({ cells, bar: null })),
    empty: '',
  };
}

function idleSection({ idle }: ReportFacts): ReportSection {
  return {
    title: 'Idle accounts',
    columns: ['Account', 'Last login'],
    rows: idle.map(({ address, lastLoginAt }) => ({
      cells: [address, lastLoginAt === null ? 'never' : reportTime(lastLoginAt)],
      bar: null,
    })),
    empty: 'There are none.',
  };
}
