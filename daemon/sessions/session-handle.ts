/**
 * The registry's session: facts that change where things happen, in a few stores and no more, because every line of
 * every dialogue passes here. What people see is made from them when they look.
 */
import type { Exchange, SessionType, Session as SessionView } from '../../shared/api/sessions.ts';
import { type Clock, isoTime } from '../clock.ts';
import { errorText } from '../errors.ts';
import { ExchangeRing, exchange } from './exchange-ring.ts';
import type { Session, SessionStart } from './session.ts';

/** Longer than any address; what a stranger gives as a user name may be of any length. */
const maxUserChars = 320;
const maxDetailChars = 512;

/** What a session tells the registry. */
export interface SessionOwner {
  readonly clock: Clock;
  /** False: nobody wants to hear of changes. */
  readonly watched: boolean;
  changed(session: SessionHandle): void;
  /** It has another user now; `before` is the one that it had. */
  userChanged(session: SessionHandle, before: string | null): void;
  ended(session: SessionHandle): void;
}

/** Null: the session has ended. */
export type ExchangeFollower = (exchange: Exchange | null) => void;

export const isClientType = (type: SessionType): boolean => type.endsWith('-client');

export class SessionHandle implements Session {
  readonly id: number;
  readonly number: number;
  readonly type: SessionType;
  readonly remoteAddress: string;
  readonly #owner: SessionOwner;
  readonly #start: SessionStart;
  readonly #ring: ExchangeRing;
  readonly #startedAt: number;
  readonly #began: number;
  #lastActive: number;
  #user: string | null = null;
  #mailbox: (() => string | null) | null = null;
  #tls: string | null;
  #state: string;
  #detail: string | (() => string);
  #bytesIn = 0;
  #bytesOut = 0;
  /** Of `bytes`, up to the last line: more than that has come since then. */
  #bytesInSeen = 0;
  #messages = 0;
  #killed = false;
  #ended = false;
  #followers: Set<ExchangeFollower> | null = null;

  constructor(owner: SessionOwner, id: number, number: number, remoteAddress: string, start: SessionStart) {
    this.#owner = owner;
    this.#start = start;
    this.id = id;
    this.number = number;
    this.type = start.type;
    this.remoteAddress = remoteAddress;
    this.#ring = new ExchangeRing(isClientType(start.type) ? 'out' : 'in');
    this.#startedAt = owner.clock.now();
    this.#began = owner.clock.monotonic();
    this.#lastActive = this.#began;
    this.#tls = start.tls ?? null;
    this.#state = start.state;
    this.#detail = start.detail;
  }

  get user(): string | null {
    return this.#user;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get bytes(): { readonly bytesIn: number; readonly bytesOut: number } {
    return this.#start.bytes?.() ?? { bytesIn: this.#bytesIn, bytesOut: this.#bytesOut };
  }

  /** By the monotonic clock, so that they stay true when somebody sets the wall clock. */
  get activeSeconds(): number {
    return secondsSince(this.#began, this.#owner.clock);
  }

  /** Bytes that came without a line, such as a message in transit, are life too. */
  get idleSeconds(): number {
    const bytesIn = this.#start.bytes?.().bytesIn ?? 0;
    if (bytesIn > this.#bytesInSeen) {
      this.#bytesInSeen = bytesIn;
      this.#lastActive = this.#owner.clock.monotonic();
    }
    return secondsSince(this.#lastActive, this.#owner.clock);
  }

  login(user: string): void {
    const before = this.#user;
    this.#user = user.slice(0, maxUserChars);
    if (!this.#ended) this.#owner.userChanged(this, before);
    this.#changed();
  }

  select(mailbox: () => string | null): void {
    this.#mailbox = mailbox;
    this.#changed();
  }

  secured(tls: string): void {
    this.#tls = tls;
    this.#changed();
  }

  enter(state: string, detail: string | (() => string)): void {
    this.#state = state;
    this.#detail = detail;
    this.#changed();
  }

  received(line: string): void {
    this.#lastActive = this.#owner.clock.monotonic();
    if (this.#start.bytes !== undefined) this.#bytesInSeen = this.#start.bytes().bytesIn;
    this.#record('in', line);
  }

  sent(line: string): void {
    this.#lastActive = this.#owner.clock.monotonic();
    this.#record('out', line);
  }

  note(text: string): void {
    this.#record('note', text);
  }

  addBytes(bytesIn: number, bytesOut: number): void {
    this.#lastActive = this.#owner.clock.monotonic();
    this.#bytesIn += bytesIn;
    this.#bytesOut += bytesOut;
    this.#changed();
  }

  addMessage(): void {
    this.#messages += 1;
    this.#changed();
  }

  view(): SessionView {
    const { remotePort, localPort } = this.#start;
    return {
      id: this.id,
      type: this.type,
      number: this.number,
      user: this.#user,
      remoteAddress: this.remoteAddress,
      remotePort,
      localPort,
      tls: this.#tls,
      startedAt: isoTime(this.#startedAt),
      activeSeconds: this.activeSeconds,
      idleSeconds: this.idleSeconds,
      state: this.#state,
      detail: this.#detailText(),
      mailbox: this.#mailbox?.() ?? null,
      lastCommand: this.#ring.lastCommand,
      ...this.bytes,
      messages: this.#messages,
    };
  }

  exchanges(): { exchanges: readonly Exchange[]; dropped: number } {
    return { exchanges: this.#ring.list(), dropped: this.#ring.dropped };
  }

  /** Calls back for each line from now on, and with null at the end. */
  follow(follower: ExchangeFollower): () => void {
    this.#followers ??= new Set();
    this.#followers.add(follower);
    return () => this.#followers?.delete(follower);
  }

  /** Asks its owner to end the dialogue; the first time only. */
  kill(reason: string): void {
    if (this.#killed || this.#ended) return;
    this.#killed = true;
    this.note(`ending: ${reason}`);
    this.#start.kill(reason);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const follower of this.#followers ?? []) follower(null);
    this.#followers = null;
    this.#owner.ended(this);
  }

  #record(direction: Exchange['direction'], line: string): void {
    const kept = this.#ring.add(this.#owner.clock.now(), direction, line);
    if (this.#followers !== null) for (const follower of this.#followers) follower(exchange(kept));
    this.#changed();
  }

  #changed(): void {
    if (this.#owner.watched && !this.#ended) this.#owner.changed(this);
  }

  #detailText(): string {
    if (typeof this.#detail === 'string') return this.#detail.slice(0, maxDetailChars);
    try {
      return this.#detail().slice(0, maxDetailChars);
    } catch (error) {
      return `unknown (${errorText(error)})`;
    }
  }
}

/** With a tenth of a second: what a person reads, and what does not change while one looks. */
function secondsSince(moment: number, clock: Clock): number {
  return Math.max(0, Math.round((clock.monotonic() - moment) / 100) / 10);
}
