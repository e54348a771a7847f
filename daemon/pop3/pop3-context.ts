/** What all POP3 dialogues share. */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../log/logger.ts';
import type { MailboxesPort } from '../mailboxes/mailboxes-port.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { MaildropLocks } from './maildrop-locks.ts';

export interface Pop3Context {
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly registry: SessionRegistryPort;
  readonly directory: DirectoryPort;
  readonly mailboxes: MailboxesPort;
  readonly locks: MaildropLocks;
  readonly log: Logger;
  readonly clock: Clock;
}
