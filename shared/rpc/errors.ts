/**
 * Errors of the control API: `error.data.code` is a stable string, `error.code` the JSON-RPC number.
 *
 * The strings are the contract; numbers only sort errors for generic JSON-RPC clients. Codes that are not listed
 * here (a service may have its own) go out under the general number.
 */

/** -32768 to -32000 is reserved by JSON-RPC 2.0 (5.1); from -32099 to -32000 a server may define its own. */
const numbers = {
  'frame.invalid': -32700,
  'request.invalid': -32600,
  'method.unknown': -32601,
  'params.invalid': -32602,
  internal: -32603,
  'protocol.incompatible': -32001,
  permission_denied: -32002,
  timeout: -32003,
  'limit.exceeded': -32004,
  'queue.not_found': -32010,
  'session.not_found': -32011,
  'account.not_found': -32012,
  'domain.not_found': -32013,
  'alias.not_found': -32014,
  'operation.not_found': -32015,
  'connection.unknown': -32016,
  'collector.unknown': -32017,
  'server.stopped': -32020,
  'store.full': -32021,
  'store.damaged': -32022,
  'store.unavailable': -32023,
} as const;

export type ErrorCode = keyof typeof numbers;

/** For codes without a number of their own. */
const generalNumber = -32000;

export const errorNumber = (code: string): number =>
  Object.hasOwn(numbers, code) ? numbers[code as ErrorCode] : generalNumber;

/** The `error` member of an answer. `data` has the code and what the error is about, such as the path of a parameter. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly code: string; readonly [detail: string]: unknown };
}

export const rpcError = (
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): RpcError => ({ code: errorNumber(code), message, data: { ...details, code } });
