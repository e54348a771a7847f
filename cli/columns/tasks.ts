/** The housekeeper's tasks and their runs as listings. */
import type { Task, TaskResult, TaskRun } from '../../shared/api/housekeeper.ts';
import type { Tone } from '../style.ts';
import { type Column, nothing } from './column.ts';
import { timeCell, untilCell } from './time.ts';

const tones: Readonly<Record<TaskResult, Tone | null>> = {
  ok: 'good',
  warning: 'waiting',
  skipped: 'old',
  failed: 'bad',
};
const toneOf = (result: TaskResult | null): Tone | null => (result === null ? null : tones[result]);

/** `240 ms`, `3.1 s` */
const took = (ms: number | null): string =>
  ms === null ? nothing : ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toFixed(1)} s`;

export const taskColumns: readonly Column<Task>[] = [
  { title: 'TASK', tone: () => 'accent', cell: ({ name }) => name },
  { title: 'STATE', tone: ({ state }) => (state === 'running' ? 'good' : null), cell: ({ state }) => state },
  { title: 'LAST RUN', cell: ({ lastRunAt }, view) => timeCell(lastRunAt, view) },
  { title: 'TOOK', align: 'right', rank: 2, cell: ({ lastDurationMs }) => took(lastDurationMs) },
  { title: 'NEXT', cell: ({ nextRunAt }, view) => timeCell(nextRunAt, view) },
  { title: 'IN', align: 'right', rank: 1, cell: ({ nextRunAt }, view) => untilCell(nextRunAt, view) },
  {
    title: 'RESULT',
    tone: ({ lastResult }) => toneOf(lastResult),
    cell: ({ lastResult }) => lastResult ?? nothing,
  },
  { title: 'WHAT CAME OF IT', min: 16, wrap: true, cell: ({ lastDetail }) => lastDetail || nothing },
];

export const taskRunColumns: readonly Column<TaskRun>[] = [
  { title: 'STARTED', cell: ({ startedAt }, view) => timeCell(startedAt, view) },
  { title: 'TASK', tone: () => 'accent', cell: ({ task }) => task },
  { title: 'BY', rank: 1, cell: ({ trigger }) => trigger },
  { title: 'TOOK', align: 'right', cell: ({ durationMs }) => took(durationMs) },
  { title: 'RESULT', tone: ({ result }) => toneOf(result), cell: ({ result }) => result ?? nothing },
  { title: 'WHAT CAME OF IT', min: 20, wrap: true, cell: ({ detail }) => detail || nothing },
];
