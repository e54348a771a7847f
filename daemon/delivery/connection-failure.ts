/** A connection to a remote server that could not be made, or broke: always temporary for the mail on it. */
import { MaildError } from '../errors.ts';
import type { Reply } from './reply.ts';

/** How far a dialogue had come. `dot`: the content is out, its reply is not in. */
export type Stage = 'connect' | 'greeting' | 'starttls' | 'auth' | 'ready' | 'envelope' | 'data' | 'dot';

export type FailureCode =
  /** No connection: refused, no route, no answer in time. */
  | 'delivery.unreachable'
  /** The server ended it by a reply, or talked nonsense. */
  | 'delivery.refused'
  /** The server closed or lost it. */
  | 'delivery.lost'
  | 'delivery.timeout'
  | 'delivery.tls'
  /** An operator ended the session. */
  | 'delivery.killed'
  /** The server (ours) is stopping. */
  | 'delivery.stopping'
  /** The stored content cannot be read. */
  | 'delivery.content';

export class ConnectionFailure extends MaildError {
  readonly stage: Stage;
  readonly reply: Reply | null;

  constructor(
    code: FailureCode,
    stage: Stage,
    message: string,
    more: { reply?: Reply; cause?: unknown } = {},
  ) {
    super(code, message, { temporary: true, cause: more.cause });
    this.stage = stage;
    this.reply = more.reply ?? null;
  }

  /** RFC 3463: what a report says of it when the server gave no code of its own. */
  get enhancedCode(): string {
    if (this.reply?.enhancedCode) return this.reply.enhancedCode;
    switch (this.code as FailureCode) {
      case 'delivery.unreachable':
        return '4.4.1';
      case 'delivery.tls':
        return '4.7.5';
      case 'delivery.content':
      case 'delivery.killed':
      case 'delivery.stopping':
        return '4.3.0';
      default:
        return '4.4.2';
    }
  }
}
