/**
 * What becomes of a command: the tagged response, as data; and what errors of the mailboxes and the store are called there.
 * RFC 3501 7.1; response codes of RFC 5530, 4314, 6154, 7889, 9208, 9051 (HASCHILDREN).
 */
import { errorCode, MaildError } from '../errors.ts';
import { ContentError, type ContentProblem } from '../intake/content-error.ts';

export interface Outcome {
  readonly status: 'OK' | 'NO' | 'BAD';
  /** Without its brackets. */
  readonly code: string | null;
  readonly text: string;
}

export const ok = (text: string, code: string | null = null): Outcome => ({ status: 'OK', code, text });
export const no = (code: string | null, text: string): Outcome => ({ status: 'NO', code, text });
export const bad = (text: string, code: string | null = null): Outcome => ({ status: 'BAD', code, text });

export const outcomeText = ({ status, code, text }: Outcome): string =>
  code === null ? `${status} ${text}` : `${status} [${code}] ${text}`;

const temporary = no('UNAVAILABLE', 'Not possible at this moment, try again later');
const diskFull = no('OVERQUOTA', 'The server has no room');

export const tooLarge = no('TOOBIG', 'Message is larger than the server takes');
export const overQuota = no('OVERQUOTA', 'Quota exceeded');
export const noSuchMailbox = no('NONEXISTENT', 'There is no such mailbox');
/** Of the mailbox that a message is to go to: the client may create it and try again (RFC 3501 7.1). */
export const tryCreate = no('TRYCREATE', 'There is no such mailbox');
export const readOnly = no('READ-ONLY', 'The mailbox is open read-only');

const byCode: Readonly<Record<string, Outcome>> = {
  'mailbox.not_found': noSuchMailbox,
  'mailbox.exists': no('ALREADYEXISTS', 'There is such a mailbox already'),
  'mailbox.invalid_name': no('CANNOT', 'Not possible with this name'),
  'mailbox.has_children': no('HASCHILDREN', 'There are mailboxes below it'),
  'mailbox.special_use_taken': no('USEATTR', 'Another mailbox is for this use'),
  'mailbox.over_quota': overQuota,
  'mailbox.limit': no('LIMIT', 'There are too many mailboxes'),
  'store.full': diskFull,
};

const byProblem: Readonly<Partial<Record<ContentProblem, Outcome>>> = {
  too_large: tooLarge,
  line_too_long: no('LIMIT', 'A line of the message is too long'),
  disk_full: diskFull,
};

/** The answer to whatever was thrown; `unexpected`: an operator has to hear of it. */
export function outcomeOf(error: unknown): { readonly outcome: Outcome; readonly unexpected: boolean } {
  if (error instanceof ContentError) {
    return { outcome: byProblem[error.problem] ?? temporary, unexpected: error.problem === 'disk_failed' };
  }
  const known = byCode[errorCode(error) ?? ''];
  if (known !== undefined) return { outcome: known, unexpected: known === diskFull };
  const refused = error instanceof MaildError && error.code.startsWith('mailbox.') && !error.temporary;
  if (refused) return { outcome: no('CANNOT', 'Not possible'), unexpected: true };
  return { outcome: temporary, unexpected: true };
}
