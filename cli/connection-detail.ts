/** One connection in full: what it is made of, how it does, its last runs. */
import type { Collector, Sender } from '../shared/api/connections.ts';
import type { Result } from '../shared/api/index.ts';
import { visible } from '../shared/terminal-text.ts';
import { formatBytes, formatCount } from '../shared/units.ts';
import { connectionRunColumns, durationCell, resultTone } from './columns/connections.ts';
import { timeCell } from './columns/time.ts';
import type { Output } from './output.ts';

const labelWidth = 12;

export async function showConnection(output: Output, shown: Result<'connections.show'>): Promise<void> {
  const paint = await output.paint();
  const { view } = output;
  const { connection, totals, runs } = shown;
  const fact = (label: string, text: string): string => `${paint('title', label.padEnd(labelWidth))}${text}`;
  const { name, enabled, isDefault, detail, lastPollAt, lastPollResult, lastError } = connection;
  const last =
    lastPollAt === null
      ? 'never'
      : `${timeCell(lastPollAt, view)} ${paint(resultTone(lastPollResult), lastPollResult ?? '')}, ` +
        `${durationCell(connection.lastPollDurationMs)}, ${formatCount(connection.lastCollected)} collected, ` +
        `${formatCount(connection.lastSent)} sent`;
  const lines = [
    fact(name, `${enabled ? detail : 'disabled'}${isDefault ? ', the default connection' : ''}`),
    fact('Schedule', visible(connection.schedule)),
    fact('Last poll', last),
    ...(lastError === null ? [] : [fact('', paint('bad', visible(lastError)))]),
    fact('Next poll', `${timeCell(connection.nextPollAt, view)} (${visible(connection.nextPollReason)})`),
    ...(connection.fallback === null ? [] : [fact('Fallback', visible(connection.fallback))]),
    fact('Sender', connection.sender === null ? 'none' : senderText(connection.sender, connection.sending)),
    ...connection.collectors.flatMap((collector) => [
      fact(`Collector ${collector.id}`, collectorText(collector)),
      ...(collector.lastError === null ? [] : [fact('', paint('bad', visible(collector.lastError)))]),
    ]),
    fact(
      'Totals',
      `${formatCount(totals.runs)} runs (${formatCount(totals.failedRuns)} failed), ` +
        `${formatCount(totals.collected)} collected (${formatBytes(totals.collectedBytes)}), ` +
        `${formatCount(totals.sent)} sent`,
    ),
    '',
  ];
  await output.raw(`${lines.join('\n')}\n`);
  await output.list(connectionRunColumns, runs, 'It has not run yet.');
}

const place = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

function senderText({ host, port, tls, user, verify }: Sender, sending: string): string {
  const login = user === null ? 'no login' : `as ${user}`;
  const proof = verify ? '' : ', any certificate';
  return visible(`${place(host, port)} ${tls}${proof}, ${login}, sends ${sending}`);
}

function collectorText(collector: Collector): string {
  const { protocol, host, port, tls, verify, user, folders, deliverTo, byHeaders, keepDays } = collector;
  const kept =
    keepDays === null ? 'kept there' : keepDays === 0 ? 'deleted there' : `kept there for ${keepDays} days`;
  return visible(
    [
      `${protocol} ${place(host, port)} ${tls}${verify ? '' : ', any certificate'}, as ${user}`,
      ...(folders.length > 0 ? [folders.join(' ')] : []),
      byHeaders ? `by headers, others to ${deliverTo}` : `to ${deliverTo}`,
      kept,
    ].join(', '),
  );
}
