/**
 * The words of the API that options take. They stand here again because shared/api brings zod with it, which would
 * cost every command 20 ms; the types hold each word, and test/cli/words.test.ts holds that none is missing.
 */
import type { TaskName } from '../shared/api/housekeeper.ts';
import type { LogCategory, LogLevel } from '../shared/api/log.ts';
import type { QueueState } from '../shared/api/queue.ts';
import type { ServerPart } from '../shared/api/server.ts';
import type { SessionType } from '../shared/api/sessions.ts';

export const queueStates = ['ready', 'active', 'deferred', 'held'] as const satisfies QueueState[];
export const queueSorts = ['age', 'next', 'size', 'attempts', 'from'] as const;
export const summaryGroups = ['domain', 'reason', 'age', 'sender'] as const;
export const serverParts = ['receiving', 'delivering', 'collecting'] as const satisfies ServerPart[];
export const sessionSorts = ['id', 'type', 'user', 'ip', 'active', 'idle', 'in', 'out'] as const;
export const logLevels = ['error', 'warn', 'info', 'debug', 'trace'] as const satisfies LogLevel[];
export const logCategories = [
  'smtp',
  'submission',
  'pop3',
  'imap',
  'minger',
  'delivery',
  'connections',
  'scan',
  'queue',
  'accounts',
  'housekeeper',
  'control',
  'server',
] as const satisfies LogCategory[];

export const taskNames = [
  'daily-report',
  'retention',
  'database',
  'certificate',
  'disk-space',
  'self-test',
] as const satisfies TaskName[];

/** As a person sees a session: `SMTP Server (7)`. */
export const sessionTypeNames = {
  smtp: 'SMTP Server',
  submission: 'Submission',
  pop3: 'POP3 Server',
  imap: 'IMAP4 Server',
  minger: 'Minger',
  'smtp-client': 'SMTP Client',
  'pop3-client': 'POP3 Client',
  'imap-client': 'IMAP4 Client',
} as const satisfies Record<SessionType, string>;
export const sessionTypes = Object.keys(sessionTypeNames) as SessionType[];

/** Of files of users; see user-files/. */
export const userFileFormats = ['passwd', 'passwd-file', 'csv'] as const;

/** RFC 6154, without its backslash. */
export const specialUses = ['Drafts', 'Sent', 'Junk', 'Trash', 'Archive'] as const;
export const mailFormats = ['maildir', 'mbox', 'eml'] as const;
