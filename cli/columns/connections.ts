/** Connections and their runs as listings. */
import type { Connection, ConnectionRun, RunResult } from '../../shared/api/connections.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import type { Tone } from '../style.ts';
import { type Column, nothing } from './column.ts';
import { timeCell, untilCell } from './time.ts';

/** `840ms`, `3.2s`, `75s`. */
export const durationCell = (ms: number | null): string => {
  if (ms === null) return nothing;
  if (ms < 1_000) return `${ms}ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)}s` : `${Math.round(ms / 1_000)}s`;
};

export const resultTone = (result: RunResult | null): Tone | null =>
  result === null ? null : result === 'ok' ? 'good' : result === 'partial' ? 'waiting' : 'bad';

/** What it is made of: `relay, 2 pop3, 1 imap`. */
const parts = ({ sender, collectors }: Connection): string => {
  const count = (protocol: string): number => collectors.filter((one) => one.protocol === protocol).length;
  const named = (['pop3', 'imap'] as const).flatMap((one) =>
    count(one) > 0 ? [`${count(one)} ${one}`] : [],
  );
  return [...(sender === null ? [] : ['relay']), ...named].join(', ') || nothing;
};

export const connectionColumns: readonly Column<Connection>[] = [
  {
    title: 'NAME',
    min: 8,
    tone: () => 'accent',
    cell: ({ name, isDefault }) => (isDefault ? `${name} (default)` : name),
  },
  {
    title: 'STATE',
    tone: ({ enabled, state }) => (!enabled ? 'old' : state === 'idle' ? null : 'good'),
    cell: ({ enabled, detail }) => (enabled ? detail : 'disabled'),
  },
  { title: 'PARTS', rank: 3, cell: parts },
  { title: 'SCHEDULE', min: 10, rank: 4, cell: ({ schedule }) => schedule },
  { title: 'LAST POLL', rank: 2, cell: ({ lastPollAt }, view) => timeCell(lastPollAt, view) },
  {
    title: 'RESULT',
    tone: ({ lastPollResult }) => resultTone(lastPollResult),
    cell: ({ lastPollResult }) => lastPollResult ?? nothing,
  },
  { title: 'IN', align: 'right', cell: ({ lastCollected }) => formatCount(lastCollected) },
  { title: 'OUT', align: 'right', cell: ({ lastSent }) => formatCount(lastSent) },
  {
    title: 'NEXT',
    rank: 1,
    cell: ({ nextPollAt }, view) =>
      view.kind === 'plain' ? timeCell(nextPollAt, view) : untilCell(nextPollAt, view),
  },
];

export const connectionRunColumns: readonly Column<ConnectionRun>[] = [
  { title: 'RUN', align: 'right', tone: () => 'accent', cell: ({ id }) => String(id) },
  { title: 'STARTED', cell: ({ startedAt }, view) => timeCell(startedAt, view) },
  { title: 'TOOK', align: 'right', cell: ({ durationMs }) => durationCell(durationMs) },
  { title: 'TRIGGER', rank: 2, cell: ({ trigger }) => trigger },
  {
    title: 'RESULT',
    tone: ({ result }) => resultTone(result),
    cell: ({ result }) => result ?? 'running',
  },
  { title: 'IN', align: 'right', cell: ({ collected }) => formatCount(collected) },
  { title: 'SIZE', align: 'right', rank: 3, cell: ({ collectedBytes }) => formatBytes(collectedBytes) },
  { title: 'OUT', align: 'right', cell: ({ sent }) => formatCount(sent) },
  { title: 'ERROR', min: 12, rank: 1, cell: ({ error }) => error ?? nothing },
];
