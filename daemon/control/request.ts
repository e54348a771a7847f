/** What a JSON-RPC 2.0 request looks like (section 4), checked on values that came from a stranger. */
export type RequestId = string | number | null;

export interface Request {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: unknown;
  /** Absent: a notification, which wants no answer. */
  readonly id?: RequestId;
}

export function isRequest(message: unknown): message is Request {
  if (!isObject(message) || message.jsonrpc !== '2.0' || typeof message.method !== 'string') return false;
  return message.id === undefined || isId(message.id);
}

/** The id to answer under: null when there is none that may be given back. */
export const requestId = (message: unknown): RequestId =>
  isObject(message) && isId(message.id) ? message.id : null;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isId = (value: unknown): value is RequestId =>
  typeof value === 'string' || typeof value === 'number' || value === null;
