/** A poll of a server elsewhere that could not begin, or broke. Always to be tried again; how soon depends on its code. */
import { MaildError } from '../errors.ts';

export type FailureCode =
  /** No connection: no such name, refused, no answer in time. */
  | 'collector.unreachable'
  | 'collector.tls'
  /** It would not let us in: name, password, or no way to say them safely. */
  | 'collector.login'
  /** It let us in, and refused what was asked for. */
  | 'collector.refused'
  /** Not now: the mailbox is in use, or we come too often (RFC 2449 8, RFC 3206). */
  | 'collector.busy'
  | 'collector.lost'
  | 'collector.timeout'
  /** It talks nonsense, or without end. */
  | 'collector.protocol'
  /** We cannot take mail: disk, database, pause, no such account. */
  | 'collector.not_taken'
  /** An operator ended the session. */
  | 'collector.killed'
  /** Our server is stopping. */
  | 'collector.stopping';

export class CollectorFailure extends MaildError {
  constructor(code: FailureCode, message: string, cause?: unknown) {
    super(code, message, { temporary: true, cause });
  }
}
