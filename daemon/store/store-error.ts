/** What can be wrong with the database, as the rest of the daemon needs to know it. */
import { errorCode, errorText, MaildError } from '../errors.ts';

export type StoreProblem = 'full' | 'damaged' | 'unavailable';

/** Always temporary for a mail client: nothing was written, and nothing is lost by trying again later. */
export class StoreError extends MaildError {
  readonly problem: StoreProblem;

  constructor(problem: StoreProblem, message: string, cause?: unknown) {
    super(`store.${problem}`, message, { temporary: true, cause });
    this.problem = problem;
  }
}

const problemOfCode: Readonly<Record<string, StoreProblem>> = {
  SQLITE_FULL: 'full',
  ENOSPC: 'full',
  EDQUOT: 'full',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
  SQLITE_IOERR: 'unavailable',
  SQLITE_BUSY: 'unavailable',
  SQLITE_LOCKED: 'unavailable',
  SQLITE_READONLY: 'unavailable',
  SQLITE_CANTOPEN: 'unavailable',
  SQLITE_NOMEM: 'unavailable',
  SQLITE_PROTOCOL: 'unavailable',
  SQLITE_MISUSE: 'unavailable',
};

/** The StoreError in an SQLite or file error; undefined when it is about the statement (a constraint, a bug). */
export function storeErrorOf(error: unknown): StoreError | undefined {
  if (error instanceof StoreError) return error;
  const problem = problemOfCode[errorCode(error) ?? ''];
  return problem === undefined ? undefined : new StoreError(problem, errorText(error), error);
}
