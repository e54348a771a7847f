/** What can go wrong between a command and its daemon; the command line makes sentence, hint and exit code of it. */
import { errorNumber, type RpcError } from '../../shared/rpc/errors.ts';

/**
 * `unreachable`: nobody is there, or no longer. `timeout`: somebody is, and did not answer. `permission`: not for
 * this user. `rpc`: the daemon says no, `code` says why. `protocol`: the two do not understand each other.
 * `usage`: the address of the daemon makes no sense.
 */
export type ClientErrorKind = 'unreachable' | 'timeout' | 'permission' | 'rpc' | 'protocol' | 'usage';

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly kind: ClientErrorKind;
  /** What to do about it; null when there is nothing to say. */
  readonly hint: string | null;
  /** Of the daemon's error, such as `queue.not_found`, or of the system's, such as `ENOENT`; null without one. */
  readonly code: string | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    kind: ClientErrorKind,
    message: string,
    more: { hint?: string; code?: string; details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.kind = kind;
    this.hint = more.hint ?? null;
    this.code = more.code ?? null;
    this.details = more.details ?? {};
  }
}

const kinds: Readonly<Record<string, ClientErrorKind>> = {
  timeout: 'timeout',
  permission_denied: 'permission',
  'protocol.incompatible': 'protocol',
};

/** From the `error` member of an answer. */
export function fromRpcError(error: Partial<RpcError>): ClientError {
  const { code = 'internal', ...details } = error.data ?? {};
  const text = String(error.message ?? 'the daemon gave no reason');
  return new ClientError(kinds[code] ?? 'rpc', text, { code, details });
}

/** An answer that this side makes up, in the shape of the daemon's. */
export const localError = (code: 'timeout' | 'internal', message: string): RpcError => ({
  code: errorNumber(code),
  message,
  data: { code },
});
