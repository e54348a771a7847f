/** What all sessions of the IMAP listeners share. */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { MessageFiles } from '../intake/message-files.ts';
import type { Logger } from '../log/logger.ts';
import type { MailboxesPort } from '../mailboxes/mailboxes-port.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { FetchMessages } from './fetch/fetch-messages-port.ts';
import type { CommandReaderPort } from './parse/reader-event.ts';

export interface ImapContext {
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly directory: DirectoryPort;
  readonly registry: SessionRegistryPort;
  readonly mailboxes: MailboxesPort;
  readonly files: MessageFiles;
  /** Free bytes on the disk of the state directory; null when not known. */
  readonly freeBytes: () => number | null;
  readonly newReader: () => CommandReaderPort;
  readonly fetchMessages: FetchMessages;
  readonly log: Logger;
  readonly clock: Clock;
}
