/**
 * One time line of all that is known about a message, a session, a Message-ID, an address or a client: from the queue and
 * its history, the quarantine, the live sessions, the log with its files, and the audit.
 *
 * It keeps nothing itself. What it gathers is bounded: the newest events are told, and that there were more.
 */
import type { AuditEntry, AuditFilter } from '../../shared/api/audit.ts';
import type { CheckedParams, Result } from '../../shared/api/index.ts';
import type { LogEntry } from '../../shared/api/log.ts';
import type { QuarantinedMessage } from '../../shared/api/quarantine.ts';
import type { MessageDetail } from '../../shared/api/queue.ts';
import type { Exchange, Session } from '../../shared/api/sessions.ts';
import type { TraceEvent } from '../../shared/api/trace.ts';
import { type Clock, isoTime } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { LinePredicate } from '../log/log-filter.ts';
import type { Reader } from '../store/store-port.ts';
import { logEvent, logPredicate } from './log-match.ts';
import { messageEvents, quarantineEvent } from './message-events.ts';
import { readTracedMessages } from './trace-store.ts';
import { type TraceSubject, traceSubject } from './trace-subject.ts';

export interface TraceNeeds {
  readonly store: Reader;
  readonly queue: { show(id: number): Promise<MessageDetail> };
  readonly quarantine: { show(id: number): Promise<QuarantinedMessage> };
  readonly log: {
    find(wants: LinePredicate, since: number, limit: number, signal?: AbortSignal): Promise<string[]>;
  };
  readonly sessions: {
    find(
      id: number,
    ): { view(): Session; exchanges(): { readonly exchanges: readonly Exchange[] } } | undefined;
  };
  readonly audit: {
    list(filter: AuditFilter, limit: number): Promise<readonly AuditEntry[]>;
  };
  readonly clock: Clock;
}

const maxMessages = 50;
const maxLogLines = 2_000;
const maxAuditEntries = 200;
const maxEvents = 2_000;
const dayMs = 86_400_000;
/** A session that brought a message began before it, and may have gone on for a while. */
const sessionBeforeMs = 30 * 60_000;

export class Trace {
  readonly #needs: TraceNeeds;
  /** Session ids mean something only since then. */
  readonly #startedAt: number;

  constructor(needs: TraceNeeds) {
    this.#needs = needs;
    this.#startedAt = needs.clock.now();
  }

  /** @throws MaildError `params.invalid` for a subject of no kind; the reason of `signal`. */
  async find(params: CheckedParams<'trace.find'>, signal?: AbortSignal): Promise<Result<'trace.find'>> {
    const subject = traceSubject(params.subject);
    const named = params.since === undefined ? null : Date.parse(params.since);
    const messages = await this.#messages(subject, named ?? this.#now - dayMs);
    // A bare number that is no message of the queue, its history or the quarantine may be a session's.
    const session = sessionOf(subject, params.subject, messages.length > 0);
    const kind = session === null ? subject.kind : 'session';
    const since = named ?? this.#since(kind, messages);
    const found = [
      ...messages.flatMap(({ events }) => events),
      ...(session === null ? [] : this.#sessionEvents(session)),
      ...(await this.#logEvents(subject, session, messages, since, signal)),
      ...(await this.#auditEvents(subject, since)),
    ];
    const events = found
      .filter(({ time }) => Date.parse(time) >= since)
      .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    return {
      kind,
      subject: 'text' in subject ? subject.text : String(subject.id),
      since: isoTime(since),
      events: events.slice(-maxEvents),
      messages: messages.map(({ id }) => id).reverse(),
      truncated: events.length > maxEvents || messages.length === maxMessages,
    };
  }

  get #now(): number {
    return this.#needs.clock.now();
  }

  async #messages(subject: TraceSubject, since: number): Promise<readonly TracedMessage[]> {
    const ids = await readTracedMessages(this.#needs.store, subject, since, maxMessages);
    const wanted = subject.kind === 'message' && ids.length === 0 ? [subject.id] : ids;
    const found = await Promise.all(wanted.map((id) => this.#message(id)));
    return found.filter((message) => message !== null);
  }

  async #message(id: number): Promise<TracedMessage | null> {
    const { queue, quarantine } = this.#needs;
    const [detail, kept] = await Promise.all([known(queue.show(id)), known(quarantine.show(id))]);
    const events = [
      ...(kept === null ? [] : [quarantineEvent(kept)]),
      ...(detail === null ? [] : messageEvents(detail)),
    ];
    const [first] = events;
    if (first === undefined) return null;
    const sessionId = (detail ?? kept)?.source.sessionId ?? null;
    return { id, at: Date.parse(first.time), sessionId, events };
  }

  #since(kind: Result<'trace.find'>['kind'], messages: readonly TracedMessage[]): number {
    if (kind === 'session') return this.#startedAt;
    if (kind === 'address' || kind === 'ip') return this.#now - dayMs;
    return Math.min(this.#now - dayMs, ...messages.map(({ at }) => at - sessionBeforeMs));
  }

  async #logEvents(
    subject: TraceSubject,
    session: number | null,
    messages: readonly TracedMessage[],
    since: number,
    signal: AbortSignal | undefined,
  ): Promise<TraceEvent[]> {
    // Of an address or a client many sessions may be known: only what names it is told. Of one message its session, too.
    const brought = subject.kind === 'message' || subject.kind === 'message-id' ? messages : [];
    const sessions = brought.flatMap(({ sessionId }) => sessionId ?? []);
    const sessionsSince = Math.max(
      this.#startedAt,
      session === null ? Math.min(...brought.map(({ at }) => at - sessionBeforeMs)) : 0,
    );
    const wants = logPredicate({
      // Also of a message that only the log still knows.
      queueIds: new Set([
        ...messages.map(({ id }) => id),
        ...(subject.kind === 'message' ? [subject.id] : []),
      ]),
      sessionIds: new Set(session === null ? sessions : [session]),
      sessionsSince,
      text: 'text' in subject ? subject.text : null,
    });
    const lines = await this.#needs.log.find(wants, since, maxLogLines, signal);
    return lines.map((line) => logEvent(JSON.parse(line) as LogEntry));
  }

  #sessionEvents(id: number): TraceEvent[] {
    const session = this.#needs.sessions.find(id);
    if (session === undefined) return [];
    const { startedAt, type, user, remoteAddress, tls } = session.view();
    const opened: TraceEvent = {
      time: startedAt,
      source: 'session',
      message: 'opened, and still open',
      sessionId: id,
      type,
      user,
      remoteAddress,
      tls,
    };
    const said = session.exchanges().exchanges.map(({ at, direction, text }): TraceEvent => {
      const mark = direction === 'in' ? '<' : direction === 'out' ? '>' : '*';
      return { time: at, source: 'session', message: `${mark} ${text}`, sessionId: id };
    });
    return [opened, ...said];
  }

  async #auditEvents(subject: TraceSubject, since: number): Promise<TraceEvent[]> {
    if (subject.kind === 'session' || subject.kind === 'message-id') return [];
    const text = 'text' in subject ? subject.text : String(subject.id);
    const filter = { since: isoTime(since), params: text };
    const entries = await this.#needs.audit.list(filter, maxAuditEntries);
    return entries
      .filter(({ method, params }) => subject.kind !== 'message' || namesMessage(method, params, subject.id))
      .map(({ at, method, ...fields }) => ({
        ...auditFields(fields),
        time: at,
        source: 'audit',
        message: method,
      }));
  }
}

interface TracedMessage {
  readonly id: number;
  /** When it is known from, in ms since 1970. */
  readonly at: number;
  readonly sessionId: number | null;
  readonly events: readonly TraceEvent[];
}

const sessionOf = (subject: TraceSubject, written: string, isMessage: boolean): number | null =>
  subject.kind === 'session' || (subject.kind === 'message' && !isMessage && /^\s*\d/.test(written))
    ? subject.id
    : null;

/** Null for what is not there; what else goes wrong is thrown. */
async function known<T>(looked: Promise<T>): Promise<T | null> {
  try {
    return await looked;
  } catch (error) {
    if (error instanceof MaildError && error.code.endsWith('.not_found')) return null;
    throw error;
  }
}

const auditFields = ({ user, client, params, outcome }: Omit<AuditEntry, 'at' | 'method'>) => ({
  ...(user !== null && { user }),
  client,
  params,
  outcome,
});

/** A number stands in many parameters: only ids of messages are meant. */
const namesMessage = (method: string, params: string, id: number): boolean =>
  /^(queue|quarantine)\./.test(method) && new RegExp(`"ids?":\\[?[\\d,]*\\b${id}\\b`).test(params);
