/**
 * What a scanner is: something outside that is shown a whole message and says what it found. Each kind has its client
 * beside this file; who asks them, how long, and what comes of it is the matter of `watched-scanner.ts` and `screening.ts`.
 */
import { errorCode, errorText, MaildError } from '../errors.ts';

export type ScannerName = 'clamd' | 'spamd' | 'rspamd';

/** A message as it lies on disk or in memory; exactly one of the two. */
export interface ScanContent {
  readonly sizeBytes: number;
  readonly inline: Buffer | null;
  /** Absolute. */
  readonly path: string | null;
}

/** What a scanner may be told of a message besides its bytes. */
export interface ScanFacts {
  readonly queueId: number;
  readonly from: string;
  readonly recipients: readonly string[];
  readonly remoteAddress: string | null;
  readonly helo: string | null;
  readonly user: string | null;
}

export type Verdict =
  | { readonly kind: 'clean' }
  /** `name` of the signature, as the scanner gives it. */
  | { readonly kind: 'virus'; readonly name: string }
  | {
      readonly kind: 'spam' | 'ham';
      readonly score: number;
      readonly required: number;
      /** Names of the rules that matched. */
      readonly tests: readonly string[];
    };

/** What a scanner says of itself. */
export interface ScannerVersion {
  readonly version: string | null;
  /** When its signatures were made, in ms since 1970; null for those that have none, or do not say. */
  readonly signaturesAt: number | null;
}

export interface Scanner {
  readonly name: ScannerName;
  readonly looksFor: 'viruses' | 'spam';
  /**
   * Shows it a message. Rejects with {@link ScannerError} for whatever is not a verdict on all of it, and with the
   * signal's reason when that is aborted; its socket is closed then.
   */
  scan(content: ScanContent, facts: ScanFacts, signal: AbortSignal): Promise<Verdict>;
  /** Asks whether it is there. Rejects as `scan` does. */
  probe(signal: AbortSignal): Promise<ScannerVersion>;
}

/** A scanner gave no verdict: never to be taken for a good one. */
export class ScannerError extends MaildError {
  constructor(message: string, cause?: unknown) {
    super('scan.failed', message, { temporary: true, cause });
  }
}

/** It works, and will not or cannot judge this one message. */
export class UnscannableError extends ScannerError {}

/** Whatever went wrong with a scanner's socket, in words for the operator. */
export function scannerError(error: unknown): ScannerError {
  return error instanceof ScannerError ? error : new ScannerError(socketText(error), error);
}

function socketText(error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOENT':
      return 'there is no such socket';
    case 'ECONNREFUSED':
      return 'nobody listens there';
    case 'EACCES':
      return 'its socket may not be used by this user';
    case 'EPIPE':
    case 'ECONNRESET':
      return 'it closed the connection';
    default:
      return errorText(error);
  }
}
