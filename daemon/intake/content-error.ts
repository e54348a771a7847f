/** Why a message's content was not taken. What a client is told of it is decided where the reply is written. */
import { MaildError } from '../errors.ts';

export type ContentProblem =
  | 'too_large'
  | 'line_too_long'
  | 'bare_line_end'
  | 'nul'
  | 'loop'
  /** No space on the disk, or it failed: temporary. */
  | 'disk_full'
  | 'disk_failed';

export class ContentError extends MaildError {
  readonly problem: ContentProblem;

  constructor(problem: ContentProblem, message: string, cause?: unknown) {
    super(`content.${problem}`, message, { temporary: problem.startsWith('disk'), cause });
    this.problem = problem;
  }
}
