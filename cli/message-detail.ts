/** One message of the queue in full, for people: its envelope, then each recipient with every attempt. */
import type { MessageDetail, QueuedRecipient } from '../shared/api/queue.ts';
import { visible } from '../shared/terminal-text.ts';
import { formatAge, formatBytes, formatCount } from '../shared/units.ts';
import { attemptColumns } from './columns/attempts.ts';
import { nothing, type View } from './columns/column.ts';
import { oneLine, senderText, stateTones } from './columns/queue.ts';
import { timeCell, untilCell } from './columns/time.ts';
import type { Output } from './output.ts';
import type { Paint, Tone } from './style.ts';

const recipientTones: Readonly<Record<QueuedRecipient['state'], Tone>> = {
  pending: 'waiting',
  delivered: 'good',
  failed: 'bad',
};

export async function showMessage(output: Output, message: MessageDetail): Promise<void> {
  const paint = await output.paint();
  const lines = factLines(message, output.view, paint);
  await output.raw(`${lines.join('\n')}\n`);
  for (const recipient of message.recipients) await showRecipient(output, recipient, paint);
}

function factLines(message: MessageDetail, view: View, paint: Paint): readonly string[] {
  const { source } = message;
  const origin = [
    source.user,
    source.remoteAddress,
    source.sessionId === null ? null : `session ${source.sessionId}`,
  ].filter((part) => part !== null);
  const dsn = [
    message.envelopeId === null ? null : `ENVID=${message.envelopeId}`,
    message.returnContent === null ? null : `RET=${message.returnContent.toUpperCase()}`,
  ].filter((part) => part !== null);
  const facts: readonly (readonly [name: string, value: string | null, tone?: Tone | null])[] = [
    ['Message', String(message.id), 'title'],
    ['State', stateText(message, view), message.outcome === 'queued' ? stateTones[message.state] : null],
    ['From', senderText(message.from)],
    ['To', `${formatCount(message.to.length)} ${message.to.length === 1 ? 'recipient' : 'recipients'}`],
    ['Subject', message.subject],
    ['Message-ID', message.messageId],
    ['Size', `${formatBytes(message.sizeBytes)}, ${message.bodyType}${message.smtpUtf8 ? ', SMTPUTF8' : ''}`],
    ['Came from', origin.length === 0 ? 'maild itself' : origin.join(', ')],
    ['Created', `${timeCell(message.createdAt, view)}${agoText(message.createdAt, view)}`],
    ['Next attempt', message.outcome === 'queued' ? nextText(message, view) : null],
    ['Expires', message.outcome === 'queued' ? timeCell(message.expiresAt, view) : null],
    ['Attempts', formatCount(message.attempts)],
    ['Last reply', message.lastReply === null ? null : oneLine(message.lastReply)],
    ['DSN', dsn.length === 0 ? null : dsn.join(' ')],
  ];
  return facts
    .filter(([, value]) => value !== null)
    .map(
      ([name, value, tone]) =>
        `${paint('old', name.padEnd(13))} ${paint(tone ?? null, visible(value ?? ''))}`,
    );
}

function stateText({ state, outcome, finishedAt, heldReason }: MessageDetail, view: View): string {
  if (outcome === 'queued') return state === 'held' && heldReason ? `held: ${heldReason}` : state;
  const when = finishedAt === null ? '' : ` at ${timeCell(finishedAt, view)}`;
  return `${outcome === 'done' ? 'finished' : 'removed'}${when}`;
}

const agoText = (time: string, view: View): string => ` (${formatAge(view.now - Date.parse(time))} ago)`;

function nextText({ state, nextAttemptAt }: MessageDetail, view: View): string {
  if (state === 'active') return 'being delivered now';
  if (nextAttemptAt === null) return nothing;
  const until = untilCell(nextAttemptAt, view);
  return until === 'now' ? 'due now' : `${timeCell(nextAttemptAt, view)} (in ${until})`;
}

async function showRecipient(output: Output, recipient: QueuedRecipient, paint: Paint): Promise<void> {
  const { address, state, attempts, notify, originalRecipient } = recipient;
  const extras = [
    notify === null ? null : `NOTIFY=${notify}`,
    originalRecipient === null ? null : `ORCPT=${originalRecipient}`,
  ].filter((part) => part !== null);
  const head = [
    paint('title', visible(address)),
    paint(recipientTones[state], state),
    ...extras.map((extra) => paint('old', visible(extra))),
  ];
  await output.raw(`\n${head.join('  ')}\n`);
  if (attempts.length === 0) await output.raw('not tried yet\n');
  else await output.list(attemptColumns, attempts, '');
}
