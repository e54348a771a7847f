/** A message was looked at and is not taken. `reply` is for the client, the text for the log. */
import { errorCode, MaildError } from '../errors.ts';
import type { Refusal } from '../scan/judgement.ts';
import { ContentError } from './content-error.ts';

export class RefusedError extends MaildError {
  readonly reply: Refusal;

  constructor(reply: Refusal, reason: string) {
    super('message.refused', reason, { temporary: reply.code < 500 });
    this.reply = reply;
  }
}

/**
 * Whether it is certain after an error of intake that nothing was written, so that a file of the content is still its
 * caller's. Otherwise a row may name it after all, and a file too many is better than one too few.
 */
export const nothingKept = (error: unknown): boolean =>
  error instanceof RefusedError || error instanceof ContentError || errorCode(error) === 'store.full';
