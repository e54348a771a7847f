/**
 * Every dialogue that is going on now, ours with clients and with other servers.
 *
 * Sessions come and go in constant time; lists are made when somebody asks. Whether a peer is refused is asked here
 * too, because it is the same question at the same moment, but `blocks.ts` knows.
 */
import type { Status } from '../../shared/api/server.ts';
import type {
  Exchange,
  SessionFilter,
  SessionType,
  Session as SessionView,
} from '../../shared/api/sessions.ts';
import type { Clock } from '../clock.ts';
import { errorText, MaildError } from '../errors.ts';
import type { Unsubscribe } from '../events.ts';
import type { Logger } from '../log/logger.ts';
import { addressGroup } from '../net/address-group.ts';
import { plainAddress } from '../net/network.ts';
import type { Blocks } from './blocks.ts';
import type { SessionRegistryPort } from './registry-port.ts';
import type { Session, SessionStart } from './session.ts';
import { type ExchangeFollower, isClientType, SessionHandle, type SessionOwner } from './session-handle.ts';
import { SessionNews } from './session-news.ts';
import { hasCondition, type SessionSort, sessionPredicate, sortSessions } from './session-selection.ts';

export interface SessionListOptions {
  readonly filter?: SessionFilter | undefined;
  readonly sort?: SessionSort | undefined;
  readonly descending?: boolean | undefined;
  readonly limit?: number | undefined;
}

export class SessionRegistry implements SessionRegistryPort, SessionOwner {
  readonly clock: Clock;
  readonly #blocks: Blocks;
  readonly #log: Logger;
  readonly #news: SessionNews;
  readonly #sessions = new Map<number, SessionHandle>();
  readonly #open = new Map<SessionType, number>();
  readonly #numbers = new Map<SessionType, number>();
  /** Open server sessions by {@link addressGroup}. */
  readonly #byAddress = new Map<string, number>();
  /** Open server sessions by type and user. */
  readonly #byUser = new Map<string, number>();
  #serverSessions = 0;
  #lastId = 0;

  constructor(clock: Clock, blocks: Blocks, log: Logger) {
    this.clock = clock;
    this.#blocks = blocks;
    this.#log = log;
    this.#news = new SessionNews(clock);
  }

  open(start: SessionStart): Session {
    const { type } = start;
    const number = (this.#numbers.get(type) ?? 0) + 1;
    this.#numbers.set(type, number);
    this.#lastId += 1;
    const session = new SessionHandle(this, this.#lastId, number, plainAddress(start.remoteAddress), start);
    this.#sessions.set(session.id, session);
    this.#count(session, 1);
    this.#news.opened(session);
    return session;
  }

  blocked(remoteAddress: string, user: string | null): string | null {
    return this.#blocks.reason(remoteAddress, user);
  }

  /** IPv6 addresses of one /64 count as one address. */
  connections(remoteAddress: string): { readonly total: number; readonly fromAddress: number } {
    const fromAddress = this.#byAddress.get(addressGroup(remoteAddress)) ?? 0;
    return { total: this.#serverSessions, fromAddress };
  }

  sessionsOf(type: SessionType, user: string): number {
    return this.#byUser.get(userKey(type, user)) ?? 0;
  }

  /** Open sessions by type, as the status has them. */
  counts(): Status['sessions'] {
    const open = (type: SessionType) => this.#open.get(type) ?? 0;
    return {
      smtp: open('smtp'),
      submission: open('submission'),
      pop3: open('pop3'),
      imap: open('imap'),
      minger: open('minger'),
      smtpClient: open('smtp-client'),
      pop3Client: open('pop3-client'),
      imapClient: open('imap-client'),
    };
  }

  get size(): number {
    return this.#sessions.size;
  }

  find(id: number): SessionHandle | undefined {
    return this.#sessions.get(id);
  }

  /** @throws MaildError `session.not_found`. */
  get(id: number): SessionHandle {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new MaildError('session.not_found', `there is no session ${id}`);
    return session;
  }

  /**
   * `total` counts all that match, whatever the limit.
   * @throws MaildError `params.invalid` for a bad `ip`.
   */
  list(options: SessionListOptions): { sessions: SessionView[]; total: number } {
    const found = this.select(options.filter ?? {});
    sortSessions(found, options.sort ?? 'id', options.descending ?? false);
    const shown = found.slice(0, options.limit ?? found.length);
    return { sessions: shown.map((session) => session.view()), total: found.length };
  }

  /** All that match, in the order they were opened. A filter without conditions matches all. */
  select(filter: SessionFilter): SessionHandle[] {
    if (!hasCondition(filter)) return [...this.#sessions.values()];
    const wanted = sessionPredicate(filter);
    const candidates =
      filter.ids === undefined
        ? [...this.#sessions.values()]
        : [...new Set(filter.ids)]
            .map((id) => this.#sessions.get(id))
            .filter((session) => session !== undefined);
    return candidates.filter(wanted);
  }

  /** Opened and closed sessions at once, changed ones at most four times a second each. */
  onChange(listener: Parameters<SessionNews['source']['on']>[0]): Unsubscribe {
    return this.#news.source.on(listener);
  }

  /**
   * Calls back for each line of one session, and with null at its end.
   * @throws MaildError `session.not_found`.
   */
  follow(id: number, follower: ExchangeFollower): Unsubscribe {
    return this.get(id).follow(follower);
  }

  /** @throws MaildError `session.not_found`. */
  exchanges(id: number): { session: SessionView; exchanges: readonly Exchange[]; dropped: number } {
    const session = this.get(id);
    return { session: session.view(), ...session.exchanges() };
  }

  /** Asks for the end of one session. What its owner throws is logged: it must not keep others from ending. */
  kill(session: SessionHandle, reason: string): void {
    try {
      session.kill(reason);
    } catch (error) {
      this.#log.error('session could not be ended', { sessionId: session.id, error: errorText(error) });
    }
  }

  get watched(): boolean {
    return !this.#news.source.idle;
  }

  changed(session: SessionHandle): void {
    this.#news.changed(session);
  }

  userChanged(session: SessionHandle, before: string | null): void {
    this.#countUser(session.type, before, -1);
    this.#countUser(session.type, session.user, 1);
  }

  ended(session: SessionHandle): void {
    this.#sessions.delete(session.id);
    this.#count(session, -1);
    this.#countUser(session.type, session.user, -1);
    this.#news.closed(session);
  }

  close(): void {
    this.#news.close();
  }

  #countUser(type: SessionType, user: string | null, change: 1 | -1): void {
    if (user === null || isClientType(type)) return;
    const key = userKey(type, user);
    const left = (this.#byUser.get(key) ?? 0) + change;
    if (left === 0) this.#byUser.delete(key);
    else this.#byUser.set(key, left);
  }

  #count(session: SessionHandle, change: 1 | -1): void {
    this.#open.set(session.type, (this.#open.get(session.type) ?? 0) + change);
    if (isClientType(session.type)) return;
    this.#serverSessions += change;
    const group = addressGroup(session.remoteAddress);
    const left = (this.#byAddress.get(group) ?? 0) + change;
    if (left === 0) this.#byAddress.delete(group);
    else this.#byAddress.set(group, left);
  }
}

const userKey = (type: SessionType, user: string): string => `${type} ${user}`;
