/**
 * One dialogue, from its first byte to its last, as the registry shows it.
 *
 * The code that holds the dialogue calls these methods where things happen; nothing here is a copy of state that
 * lives elsewhere (design: what the daemon says of itself is true now).
 */
import type { Exchange, SessionType, Session as SessionView } from '../../shared/api/sessions.ts';

export interface SessionStart {
  readonly type: SessionType;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly tls?: string | null;
  readonly state: string;
  readonly detail: string;
  /**
   * Bytes on the wire so far, in and out, asked when somebody looks. With it the registry need not be told; without it
   * they are what {@link Session.addBytes} said.
   */
  readonly bytes?: () => { readonly bytesIn: number; readonly bytesOut: number };
  /**
   * Ends the dialogue as its protocol can (421, BYE ...) and then closes the socket. Called at most once.
   * Returns at once; the session leaves the registry when its socket has closed.
   */
  readonly kill: (reason: string) => void;
}

/** The handle that a dialogue's owner has. */
export interface Session {
  readonly id: number;
  readonly number: number;
  readonly type: SessionType;
  readonly remoteAddress: string;
  readonly user: string | null;
  login(user: string): void;
  /** Which folder is open: asked when somebody looks. To be called again when it is another one. */
  select(mailbox: () => string | null): void;
  secured(tls: string): void;
  /** State in the protocol's words and detail for a person. A detail function is asked only when somebody looks. */
  enter(state: string, detail: string | (() => string)): void;
  /** A line from the peer, secrets already masked. Counts no bytes. */
  received(line: string): void;
  /** A line to the peer, secrets already masked. Counts no bytes. */
  sent(line: string): void;
  note(text: string): void;
  addBytes(bytesIn: number, bytesOut: number): void;
  addMessage(): void;
  view(): SessionView;
  exchanges(): { exchanges: readonly Exchange[]; dropped: number };
  /** Takes it out of the registry. Harmless when called again. */
  end(): void;
}
