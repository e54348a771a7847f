/** One-line facts of the status: listeners, connection, housekeeper, database, service. */
import type { Status } from '../shared/api/server.ts';
import { formatAge, formatBytes } from '../shared/units.ts';
import type { View } from './columns/column.ts';
import { timeCell } from './columns/time.ts';
import { left, type Span, type SpanLine, span } from './spans.ts';

/** Labels stand in the first columns, as wide as the longest of them. */
export const labelWidth = 'Housekeeper'.length + 1;

const fact = (label: string, ...spans: readonly (Span | null)[]): SpanLine => [
  left(label, labelWidth, 'title'),
  ...spans.filter((one) => one !== null),
];

export function factLines(status: Status, view: View): readonly SpanLine[] {
  return [
    ...listenerLines(status),
    connectionLine(status, view),
    housekeeperLine(status, view),
    ...scannerLines(status),
    databaseLine(status),
    serviceLine(status, view),
  ];
}

/** One line for those that listen; each that does not has its own. */
function listenerLines({ listeners, server }: Status): readonly SpanLine[] {
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

function connectionLine({ connection }: Status, view: View): SpanLine {
  const { state, name, lastPollAt, lastPollResult, nextPollAt } = connection;
  const tone = lastPollResult === 'ok' ? 'good' : 'waiting';
  return fact(
    'Connection',
    span(name === null ? state : `${state} ${name}`),
    span(lastPollAt === null ? ', never polled' : `, last poll ${timeCell(lastPollAt, view)} `),
    lastPollResult === null ? null : span(lastPollResult, tone),
    nextPollAt === null ? null : span(`, next ${timeCell(nextPollAt, view)}`),
  );
}

function housekeeperLine({ housekeeper }: Status, view: View): SpanLine {
  const { state, task, lastRunAt, nextRunAt } = housekeeper;
  return fact(
    'Housekeeper',
    span(task === null ? state : `${state} ${task}`),
    lastRunAt === null ? null : span(`, last run ${timeCell(lastRunAt, view)}`),
    nextRunAt === null ? null : span(`, next ${timeCell(nextRunAt, view)}`),
  );
}

/** Only when there are any: rows are few. */
function scannerLines({ scanners }: Status): readonly SpanLine[] {
  if (scanners.length === 0) return [];
  const words = scanners.flatMap(({ name, state, version, lastError }, index) => [
    span(`${index === 0 ? '' : ', '}${name} `),
    span(state, state === 'ok' ? 'good' : state === 'unavailable' ? 'bad' : null),
    state === 'unavailable' ? span(`: ${lastError ?? 'does not answer'}`, 'bad') : null,
    state === 'ok' && version !== null ? span(` (${version})`, 'old') : null,
  ]);
  return [fact('Scanners', ...words)];
}

function databaseLine({ database }: Status): SpanLine {
  const { state, problem, engine, version, sizeBytes, schemaVersion, path } = database;
  return fact(
    'Database',
    span(state, state === 'ok' ? 'good' : 'bad'),
    problem === null ? null : span(`: ${problem}`, 'bad'),
    span(`, ${engine} ${version}, schema ${schemaVersion}, ${formatBytes(sizeBytes)}, `),
    span(path, 'old'),
  );
}

function serviceLine({ service }: Status, view: View): SpanLine {
  return fact(
    'Service',
    span(`up ${formatAge(view.now - Date.parse(service.startedAt))}, `),
    span(service.configFile === null ? 'no configuration file: defaults' : service.configFile, 'old'),
    span(`, ${service.socket}`, 'old'),
  );
}
