/**
 * What comes out of the reader of a client's bytes ({@link CommandReader}), one at a time and only when asked for: so a
 * client that pipelines is obeyed in order, and one that sends more than we take is held back by TCP.
 */
import type { AppendCommand, ImapCommand } from './imap-command.ts';

export type ReaderEvent =
  /**
   * A whole command. `text` is what may be shown and logged: one line, secrets masked, literals put in as quoted text.
   * APPEND's comes when its message is over.
   */
  | { readonly kind: 'command'; readonly tag: string; readonly command: ImapCommand; readonly text: string }
  /**
   * A command that cannot be obeyed, of which everything has been read over: to be answered with `status`, with `tag` (null:
   * it has none, `*`), `[code]` if there is one, and `reason`. After `fatal` the reader cannot find the next command:
   * BYE. In the middle of an APPEND it also means that its message is void.
   */
  | {
      readonly kind: 'rejected';
      readonly tag: string | null;
      readonly status: 'BAD' | 'NO';
      /** Without its brackets. */
      readonly code: string | null;
      readonly reason: string;
      readonly text: string;
      readonly fatal: boolean;
    }
  /** The client waits for `+ ` before it sends the rest of its command. */
  | { readonly kind: 'continue' }
  /**
   * APPEND has come up to the size of its message. Nothing more is read before `acceptMessage` (the caller has then to
   * write `+ ` if `synchronising`) or `refuseMessage` (the caller has then to write its tagged NO).
   */
  | {
      readonly kind: 'message';
      readonly tag: string;
      readonly command: AppendCommand;
      readonly synchronising: boolean;
      readonly text: string;
    }
  /** Of the message that was accepted. The bytes stay as they are: they may be kept. */
  | { readonly kind: 'data'; readonly bytes: Buffer }
  /** After `expectLine`: a line as it came, without its line end. */
  | { readonly kind: 'line'; readonly line: string };

/** What a client may send; anything beyond is refused before memory is spent on it. */
export interface ReaderLimits {
  /** Bytes of a command, its literals included, a message not. */
  readonly commandBytes: number;
  /** Bytes of a literal that is not a message. */
  readonly literalBytes: number;
  /** Bytes of a refused literal that are read over before it is BYE. */
  readonly discardBytes: number;
}

/**
 * Who has not logged in has little to say: LOGIN, AUTHENTICATE with its initial response, and ID, with 30 pairs of 30 and
 * 1,024 bytes the longest (RFC 2971 3.3).
 */
export const limitsBeforeLogin: ReaderLimits = {
  commandBytes: 40 * 1024,
  literalBytes: 4 * 1024,
  discardBytes: 64 * 1024,
};

/** A set of some thousand UIDs that do not follow each other fits. */
export const limitsAfterLogin: ReaderLimits = {
  commandBytes: 128 * 1024,
  literalBytes: 16 * 1024,
  discardBytes: 64 * 1024 * 1024,
};

export interface CommandReaderPort {
  /** Bytes from the client. They are kept until `next` has used them up: do not push more before it answers null. */
  push(chunk: Buffer): void;
  /** What is to be done next; null: more bytes are needed. Never throws. */
  next(): ReaderEvent | null;
  /** Takes the message that was announced: `data` events, then `command`. */
  acceptMessage(): void;
  /** Does not take it: a synchronising one will not be sent, another is read over. */
  refuseMessage(): void;
  /** The next thing is a line, not a command: IDLE's DONE, a response of AUTHENTICATE. Longer ones are `rejected`, fatal. */
  expectLine(maxBytes: number): void;
  /** Bytes that have come and are not used up: a client that has spoken before its turn. */
  readonly buffered: number;
  /** A command, or an expected line, has begun and is not whole: the client is in the middle of saying something. */
  readonly midCommand: boolean;
  /** Forgets them: what was sent in the clear is nothing that was said behind TLS (STARTTLS). */
  discard(): void;
  limits: ReaderLimits;
  /** The client has enabled UTF8=ACCEPT: mailbox names are UTF-8. */
  utf8: boolean;
}
