/** Sources of events that a test drives. */
import type { EventSources } from '../../../daemon/control/event-sources.ts';
import { MaildError } from '../../../daemon/errors.ts';
import { EventSource } from '../../../daemon/events.ts';
import type { ConnectionEvent } from '../../../shared/api/connections.ts';
import type { QueueEvent, SessionEvent } from '../../../shared/api/events.ts';
import type { LogEntry } from '../../../shared/api/log.ts';
import type { Status } from '../../../shared/api/server.ts';
import type { Exchange, Session } from '../../../shared/api/sessions.ts';

export class FakeSources implements EventSources {
  readonly lines = new EventSource<LogEntry>();
  readonly sessionEvents = new EventSource<SessionEvent>();
  readonly exchanges = new EventSource<Exchange | null>();
  readonly queueEvents = new EventSource<QueueEvent>();
  /** What `queue.counts` answers; a test may make it wait. */
  counted: Promise<Status['queue']> = Promise.resolve(emptyQueue);
  currentStatus: Status = status(1);
  statusAsked = 0;
  readonly #tail: string[] = [];
  #seq = 0;

  get followers(): boolean {
    const { lines, sessionEvents, exchanges, queueEvents, connectionEvents } = this;
    return ![lines, sessionEvents, exchanges, queueEvents, connectionEvents].every((source) => source.idle);
  }

  line(message: string): void {
    this.#seq += 1;
    const entry = { seq: this.#seq, time: now, level: 'info', category: 'smtp', message } as const;
    this.#tail.push(JSON.stringify(entry));
    if (this.#tail.length > 100) this.#tail.shift();
    this.lines.emit(entry);
  }

  readonly log: EventSources['log'] = {
    tail: (_filter, lines) => (lines === 0 ? [] : this.#tail.slice(-lines)),
    follow: (_filter, listener) => this.lines.on((entry) => listener(entry, JSON.stringify(entry))),
  };
  readonly sessions: EventSources['sessions'] = {
    list: () => ({ sessions: [session(7)] }),
    onChange: (listener) => this.sessionEvents.on(listener),
    exchanges: (id) => {
      if (id !== 7) throw new MaildError('session.not_found', `no session ${id}`);
      return { session: session(7), exchanges: [exchange('EHLO')], dropped: 3 };
    },
    follow: (_id, listener) => this.exchanges.on(listener),
  };
  readonly queue: EventSources['queue'] = {
    counts: () => this.counted,
    changes: this.queueEvents,
  };
  readonly connectionEvents = new EventSource<ConnectionEvent>();
  readonly connections: EventSources['connections'] = {
    views: () => [],
    changes: this.connectionEvents,
  };
  readonly status: EventSources['status'] = {
    get: async () => {
      this.statusAsked += 1;
      return this.currentStatus;
    },
  };
}

const now = '2026-11-22T00:00:00.000Z';

export const exchange = (text: string): Exchange => ({ at: now, direction: 'in', text });

export const emptyQueue: Status['queue'] = {
  total: 0,
  ready: 0,
  active: 0,
  deferred: 0,
  held: 0,
  bytes: 0,
  oldestAt: null,
};

/** As much of a status as the control server looks at. */
export const status = (total: number, memoryBytes = 0): Status =>
  ({
    service: { name: 'mx', memoryBytes, loopDelayMs: memoryBytes },
    queue: { ...emptyQueue, total },
  }) as Status;

export const session = (id: number): Session => ({
  id,
  type: 'smtp',
  number: 1,
  user: null,
  remoteAddress: '192.0.2.1',
  remotePort: 1,
  localPort: 25,
  tls: null,
  startedAt: now,
  activeSeconds: 0,
  idleSeconds: 0,
  state: 'greeting',
  detail: 'Waiting',
  mailbox: null,
  lastCommand: null,
  bytesIn: 0,
  bytesOut: 0,
  messages: 0,
});
