/**
 * The status on one screen: 80 columns by 24 rows are enough, more rows show more warnings and events. The facts are
 * those of a status dialog of old: is it up, what is wrong, what is it doing, what has it done.
 */
import type { Status } from '../shared/api/server.ts';
import { formatAge, formatBytes, formatCount } from '../shared/units.ts';
import type { View } from './columns/column.ts';
import { pauseText } from './columns/pause.ts';
import { ageCell, localClock, localDate, timeCell } from './columns/time.ts';
import { beside, left, measureLines, renderLine, right, type Span, type SpanLine, span } from './spans.ts';
import { activityLines, warningLines } from './status-news.ts';
import type { Paint, Tone } from './style.ts';
import { serverParts } from './words.ts';

export interface Screen {
  readonly view: View;
  /** Infinite in a pipe. */
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
}

/** The row that the prompt of the shell needs. */
const promptRows = 1;
const labelWidth = 13;

/** Lines that are safe to show, without line breaks. */
export async function statusScreen(status: Status, screen: Screen): Promise<readonly string[]> {
  const { view, width, height, paint } = screen;
  const head = [
    ...headLines(status, view, width),
    [],
    ...countLines(status, view),
    [],
    ...factLines(status, view),
  ];
  const room = height - promptRows - head.length;
  const warnings = warningLines(status, room);
  const activity = activityLines(status, view, room - warnings.length);
  const lines = [...head, ...warnings, ...activity];
  const measure = await measureLines(lines);
  return lines.map((line) => renderLine(line, width, paint, measure));
}

const stateTones: Readonly<Record<Status['server']['state'], Tone>> = {
  running: 'good',
  stopped: 'bad',
  starting: 'waiting',
  stopping: 'waiting',
};

function headLines({ service, server }: Status, view: View, width: number): readonly SpanLine[] {
  const now = new Date(view.now);
  const clock = `${localDate(now)} ${localClock(now)}`;
  const room = Number.isFinite(width) ? width - clock.length : service.name.length + 2;
  const state: Span[] = [
    left(server.state.toUpperCase(), labelWidth - 1, stateTones[server.state]),
    span(' '),
    span(server.startedAt === null ? 'the service is up' : `up ${ageCell(server.startedAt, view)}`),
    span(
      `   maild ${service.version}, pid ${service.pid}, Node ${service.nodeVersion.replace(/^v/, '')}, ` +
        `${formatBytes(service.memoryBytes)}, loop ${Math.round(service.loopDelayMs)} ms`,
      'old',
    ),
  ];
  const paused = serverParts.flatMap((part) => {
    const pause = server.paused.details[part];
    if (!server.paused[part]) return [];
    const text = `${part}${pause ? pauseText(pause, view) : ''}`;
    return [[left('PAUSED', labelWidth, 'waiting'), span(text)]];
  });
  return [
    beside([span(service.name, 'title')], room, [span(clock, 'old')], (text) => text.length),
    state,
    ...paused,
  ];
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

const sessionNames = [
  ['SMTP', 'smtp'],
  ['Submission', 'submission'],
  ['POP3', 'pop3'],
  ['IMAP4', 'imap'],
  ['Minger', 'minger'],
  ['SMTP out', 'smtpClient'],
  ['POP3 out', 'pop3Client'],
  ['IMAP4 out', 'imapClient'],
] as const;

const countWidth = 10;
const columnGap = '     ';
/** Zeros are there, and step back. */
const countTone = (count: number): Tone | null => (count === 0 ? 'old' : null);

/** Three blocks side by side: messages, queue, sessions. */
function countLines(status: Status, view: View): readonly SpanLine[] {
  const { counters, totals, queue, sessions } = status;
  const messages: SpanLine[] = [
    [
      left('Messages', labelWidth, 'title'),
      right('since start', countWidth + 1, 'old'),
      right('in all', 12, 'old'),
    ],
    ...counterNames.map(([name, counter]) => [
      left(name, labelWidth),
      right(formatCount(counters[counter]), countWidth + 1, countTone(counters[counter])),
      right(formatCount(totals[counter]), 12, countTone(totals[counter])),
    ]),
  ];
  const inQueue: SpanLine[] = [
    [left('Queue', 10, 'title'), right(formatCount(queue.total), 9, 'title')],
    ...(
      [
        ['Ready', queue.ready, null],
        ['Active', queue.active, 'good'],
        ['Deferred', queue.deferred, 'waiting'],
        ['Held', queue.held, 'bad'],
      ] as const
    ).map(([name, count, tone]) => [
      left(name, 10),
      right(formatCount(count), 9, count === 0 ? 'old' : tone),
    ]),
    [left('Size', 10), right(formatBytes(queue.bytes), 9, countTone(queue.bytes))],
    [left('Oldest', 10), right(ageCell(queue.oldestAt, view), 9, queue.oldestAt === null ? 'old' : null)],
  ];
  const open = Object.values(sessions).reduce((sum, count) => sum + count, 0);
  const inSession: SpanLine[] = [
    [left('Sessions', 11, 'title'), right(formatCount(open), 6, 'title')],
    ...sessionNames.map(([name, type]) => [
      left(name, 11),
      right(formatCount(sessions[type]), 6, countTone(sessions[type])),
    ]),
  ];
  const blank = (width: number): SpanLine => [span(' '.repeat(width))];
  return inSession.map((third, row) => [
    ...(messages[row] ?? blank(labelWidth + countWidth + 13)),
    span(columnGap),
    ...(inQueue[row] ?? blank(19)),
    span(columnGap),
    ...third,
  ]);
}

function factLines(status: Status, view: View): readonly SpanLine[] {
  const { connection, housekeeper, database, service } = status;
  const fact = (name: string, ...spans: Span[]): SpanLine => [left(name, labelWidth, 'title'), ...spans];
  const pollTone = connection.lastPollResult === 'ok' ? null : 'waiting';
  return [
    ...listenerLines(status, fact),
    fact(
      'Connection',
      span(connection.name === null ? connection.state : `${connection.state} ${connection.name}`),
      ...(connection.lastPollAt === null
        ? [span('   never polled', 'old')]
        : [
            span(`   last poll ${timeCell(connection.lastPollAt, view)} `),
            span(connection.lastPollResult ?? '', pollTone),
          ]),
      ...(connection.nextPollAt === null ? [] : [span(`   next ${timeCell(connection.nextPollAt, view)}`)]),
    ),
    fact(
      'Housekeeper',
      span(housekeeper.task === null ? housekeeper.state : `${housekeeper.state} ${housekeeper.task}`),
      ...(housekeeper.lastRunAt === null
        ? []
        : [span(`   last run ${timeCell(housekeeper.lastRunAt, view)}`)]),
      ...(housekeeper.nextRunAt === null ? [] : [span(`   next ${timeCell(housekeeper.nextRunAt, view)}`)]),
    ),
    fact(
      'Database',
      span(database.state, database.state === 'ok' ? 'good' : 'bad'),
      ...(database.problem === null ? [] : [span(`: ${database.problem}`, 'bad')]),
      span(
        `   ${database.engine} ${database.version}, ${formatBytes(database.sizeBytes)}, schema ${database.schemaVersion}`,
      ),
      span(`   ${database.path}`, 'old'),
    ),
    fact(
      'Service',
      span(`up ${formatAge(view.now - Date.parse(service.startedAt))}`),
      span(`   config ${service.configFile ?? 'none: defaults'}`, 'old'),
    ),
  ];
}

/** One line for those that listen; each that does not has its own. */
function listenerLines(
  { listeners, server }: Status,
  fact: (name: string, ...spans: Span[]) => SpanLine,
): readonly SpanLine[] {
  const place = ({ protocol, address, port }: (typeof listeners)[number]): string =>
    `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`;
  const open = listeners.filter(({ error }) => error === null);
  const broken = listeners.filter(({ error }) => error !== null);
  const text = open.map((one) => `${place(one)}${one.tls === 'none' ? '' : ` ${one.tls}`}`).join(', ');
  const none = server.state === 'stopped' ? 'none: the server is stopped' : 'none';
  return [
    fact('Listeners', span(text || none, open.length === 0 ? 'waiting' : null)),
    ...broken.map((one) => fact('', span(`FAILED ${place(one)}: ${one.error}`, 'bad'))),
  ];
}
