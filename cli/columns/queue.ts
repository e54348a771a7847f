/** Messages in the queue as a listing. */
import type { QueuedMessage, QueueState } from '../../shared/api/queue.ts';
import { formatBytes } from '../../shared/units.ts';
import type { Tone } from '../style.ts';
import { type Column, nothing } from './column.ts';
import { ageCell, untilCell } from './time.ts';

export const stateTones: Readonly<Record<QueueState, Tone | null>> = {
  ready: null,
  active: 'good',
  deferred: 'waiting',
  held: 'bad',
};

/** A bounce has an empty sender, which SMTP writes so. */
export const senderText = (from: string): string => from || '<>';

/** Replies of several lines become one. */
export const oneLine = (reply: string): string => reply.replace(/\s*\r?\n\s*/g, ' ');

/** `ann@example.net +12` */
export function recipientsText(to: readonly string[]): string {
  const [first, ...others] = to;
  return others.length === 0 ? (first ?? nothing) : `${first} +${others.length}`;
}

export const queueColumns: readonly Column<QueuedMessage>[] = [
  { title: 'ID', align: 'right', tone: () => 'accent', cell: ({ id }) => String(id) },
  { title: 'STATE', tone: ({ state }) => stateTones[state], cell: ({ state }) => state },
  { title: 'AGE', align: 'right', cell: ({ createdAt }, view) => ageCell(createdAt, view) },
  {
    title: 'NEXT',
    align: 'right',
    rank: 3,
    cell: ({ state, nextAttemptAt }, view) => (state === 'active' ? 'now' : untilCell(nextAttemptAt, view)),
  },
  { title: 'TRIES', align: 'right', rank: 5, cell: ({ attempts }) => String(attempts) },
  { title: 'SIZE', align: 'right', rank: 4, cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
  { title: 'FROM', min: 12, rank: 2, cell: ({ from }) => senderText(from) },
  {
    title: 'TO',
    min: 14,
    cell: ({ to }, view) => (view.kind === 'plain' ? to.join(',') : recipientsText(to)),
  },
  {
    title: 'LAST REPLY',
    min: 12,
    rank: 1,
    tone: () => 'old',
    cell: ({ lastReply }) => (lastReply === null ? nothing : oneLine(lastReply)),
  },
];
