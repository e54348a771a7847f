/** A mailbox elsewhere, as collecting sees it, whatever protocol it speaks. */
import type { Clock } from '../clock.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { Session } from '../sessions/session.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface MailboxNeeds {
  readonly sessions: SessionRegistryPort;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of a host name. */
  readonly addresses: (host: string) => Promise<readonly string[]>;
}

export interface RemoteMessage {
  /** As the protocol names it: message number of POP3, UID of IMAP4. */
  readonly number: number;
  /** Null: the server gives none. */
  readonly uid: string | null;
  /** As the server gave it; null when it did not. */
  readonly sizeBytes: number | null;
}

export interface RemoteFolder {
  /** Empty for POP3. */
  readonly name: string;
  /** UIDVALIDITY; empty for POP3. */
  readonly validity: string;
  /** UIDs are never given twice within one validity, and no size is needed to tell messages apart (RFC 3501 2.3.1.1). */
  readonly strictUids: boolean;
  readonly messages: readonly RemoteMessage[];
}

/** Takes one message. */
export interface MessageSink {
  /** A promise when no more should come before it resolves. */
  write(chunk: Buffer): Promise<void> | undefined;
  /** All of it has come. A promise when nothing more should come before it resolves. */
  end(): Promise<void> | undefined;
  /** It did not come, or not whole: it stays there. */
  abort(reason: string): void;
}

/** Given the size as it is known then. Null: it is not wanted after all. */
export type SinkFor = (message: RemoteMessage) => MessageSink | null;

/** All throw CollectorFailure. An end of the session, from whatever side, makes what is under way fail. */
export interface RemoteMailbox {
  /** In the clear null, otherwise `TLSv1.3`. */
  readonly tls: string | null;
  readonly session: Session;
  /** Opens a folder and lists what is in it. */
  open(folder: string): Promise<RemoteFolder>;
  /** Fetches messages of the open folder in their order; `sink` is asked for each as it begins. */
  fetch(messages: readonly RemoteMessage[], sink: SinkFor): Promise<void>;
  /** Marks messages of the open folder for deletion. */
  remove(messages: readonly RemoteMessage[]): Promise<void>;
  /** Says goodbye. When it resolves what was marked is deleted. */
  close(): Promise<void>;
  /** Ends it at once; what was marked may stay. Harmless when called again, and after `close`. */
  abort(failure: Error): void;
}
