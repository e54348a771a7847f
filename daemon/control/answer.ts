/**
 * Answers as text. A successful one begins `{"jsonrpc":"2.0","id":ID,"result":` in exactly this order, so that a
 * client can take the result out of a large frame without parsing it.
 */
import type { RpcError } from '../../shared/rpc/errors.ts';
import { RawJson } from './handler.ts';
import type { RequestId } from './request.ts';

/** Throws when the result cannot be worded, which is a bug of its handler. */
export function encodeAnswer(
  id: RequestId,
  answer: { readonly result?: unknown; readonly error?: unknown },
): string {
  if (answer.error !== undefined) return `${head(id)}"error":${JSON.stringify(answer.error)}}`;
  return `${head(id)}"result":${resultText(answer.result)}}`;
}

export const encodeError = (id: RequestId, error: RpcError): string => encodeAnswer(id, { error });

/** Null when no call of the batch wanted an answer. */
export const encodeBatch = (answers: readonly string[]): string | null =>
  answers.length === 0 ? null : `[${answers.join(',')}]`;

const head = (id: RequestId): string => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},`;

function resultText(result: unknown): string {
  if (!(result instanceof RawJson)) return JSON.stringify(result ?? null);
  // It would end the frame in the middle.
  if (result.text.includes('\n')) throw new Error('raw result with a line break');
  return result.text;
}
