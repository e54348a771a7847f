/** A session registry that keeps what it is told, for tests of those who hold dialogues. */
import type { SessionRegistryPort } from '../../daemon/sessions/registry-port.ts';
import type { Session, SessionStart } from '../../daemon/sessions/session.ts';

export class FakeSession {
  readonly id: number;
  readonly number: number;
  readonly type: SessionStart['type'];
  readonly remoteAddress: string;
  readonly start: SessionStart;
  user: string | null = null;
  tls: string | null;
  state: string;
  mailbox: () => string | null = () => null;
  messages = 0;
  ended = false;
  /** `> MAIL FROM ...`, `< 250 ...`, in their order. */
  readonly lines: string[] = [];
  #detail: string | (() => string);

  constructor(id: number, start: SessionStart) {
    this.id = id;
    this.number = id;
    this.type = start.type;
    this.remoteAddress = start.remoteAddress;
    this.start = start;
    this.tls = start.tls ?? null;
    this.state = start.state;
    this.#detail = start.detail;
  }

  get detail(): string {
    return typeof this.#detail === 'string' ? this.#detail : this.#detail();
  }

  kill(reason: string): void {
    this.start.kill(reason);
  }

  login(user: string): void {
    this.user = user;
  }
  select(mailbox: () => string | null): void {
    this.mailbox = mailbox;
  }
  secured(tls: string): void {
    this.tls = tls;
  }
  enter(state: string, detail: string | (() => string)): void {
    this.state = state;
    this.#detail = detail;
  }
  received(line: string): void {
    this.lines.push(`< ${line}`);
  }
  sent(line: string): void {
    this.lines.push(`> ${line}`);
  }
  note(text: string): void {
    this.lines.push(`* ${text}`);
  }
  addBytes(): void {}
  addMessage(): void {
    this.messages += 1;
  }
  end(): void {
    this.ended = true;
  }
  view(): never {
    throw new Error('nobody looks');
  }
  exchanges(): never {
    throw new Error('nobody looks');
  }
}

export class FakeSessions implements SessionRegistryPort {
  readonly all: FakeSession[] = [];

  get live(): readonly FakeSession[] {
    return this.all.filter((session) => !session.ended);
  }

  open(start: SessionStart): Session {
    const session = new FakeSession(this.all.length + 1, start);
    this.all.push(session);
    return session;
  }

  blocked(_remoteAddress: string, _user: string | null): string | null {
    return null;
  }

  connections(_remoteAddress: string) {
    return { total: 0, fromAddress: 0 };
  }

  sessionsOf(type: SessionStart['type'], user: string): number {
    return this.live.filter((session) => session.type === type && session.user === user).length;
  }
}
