/** Connections and their runs as the API gives them. Secrets are not among what is given. */
import type {
  Collector,
  Connection,
  ConnectionState,
  ConnectionRun as RunView,
} from '../../shared/api/connections.ts';
import { isoTime, isoTimeOrNull } from '../clock.ts';
import type { StoredCollector, StoredConnection } from './connection-store.ts';
import type { NextRun } from './next-run.ts';
import type { StoredRun } from './run-store.ts';

export interface ConnectionNow {
  readonly state: ConnectionState;
  readonly detail: string;
  /** The last run that has ended. */
  readonly last: StoredRun | null;
  readonly next: NextRun;
  /** Of the connection that takes over. */
  readonly fallback: string | null;
}

export function connectionView(connection: StoredConnection, now: ConnectionNow): Connection {
  const { name, enabled, isDefault, sending, schedule, sender, secret, collectors } = connection;
  const { last, next } = now;
  return {
    name,
    enabled,
    isDefault,
    fallback: now.fallback,
    sending,
    schedule,
    sender: sender === null ? null : { ...sender, hasPassword: secret !== null },
    collectors: collectors.map(collectorView),
    state: now.state,
    detail: now.detail,
    lastPollAt: last === null ? null : isoTime(last.startedAt),
    lastPollResult: last?.result ?? null,
    lastPollDurationMs: last === null ? null : durationMs(last),
    lastError: last?.error ?? null,
    nextPollAt: isoTimeOrNull(next.at),
    nextPollReason: next.reason,
    lastCollected: last?.collected ?? 0,
    lastSent: last?.sent ?? 0,
  };
}

const collectorView = ({ id, values, lastError, failures }: StoredCollector): Collector => ({
  id,
  ...values,
  folders: [...values.folders],
  lastError,
  failures,
});

export const runView = (connection: string, run: StoredRun): RunView => ({
  id: run.id,
  connection,
  trigger: run.trigger,
  startedAt: isoTime(run.startedAt),
  endedAt: isoTimeOrNull(run.endedAt),
  durationMs: durationMs(run),
  result: run.result,
  error: run.error,
  collected: run.collected,
  collectedBytes: run.collectedBytes,
  sent: run.sent,
});

const durationMs = ({ startedAt, endedAt }: StoredRun): number | null =>
  endedAt === null ? null : Math.max(0, endedAt - startedAt);
