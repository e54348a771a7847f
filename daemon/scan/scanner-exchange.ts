/**
 * One question to a scanner over a socket of its own: the request goes out as fast as the scanner takes it, the answer
 * comes back whole and bounded. What they mean is the matter of each client.
 *
 * A scanner may answer before it has read all (too large), and close: then the rest cannot be written, and the answer
 * counts all the same. Whether it may count as a verdict, the caller decides by `complete`.
 */
import { connect, type Socket } from 'node:net';
import type { ScannerAddress } from '../config/config.ts';
import { errorCode } from '../errors.ts';
import { ScannerError, scannerError, UnscannableError } from './scanner.ts';

export interface ExchangeOptions {
  readonly signal: AbortSignal;
  /** A longer answer is none. */
  readonly maxAnswerBytes: number;
  /** Whether the end of the request is told by closing our half of the connection. */
  readonly halfClose?: boolean;
}

export interface Answer {
  readonly bytes: Buffer;
  /** All of the request had gone out before the first byte of the answer came. */
  readonly complete: boolean;
}

/** Resolves when the scanner has closed the connection. */
export async function exchange(
  address: ScannerAddress,
  request: AsyncIterable<Buffer>,
  { signal, maxAnswerBytes, halfClose = false }: ExchangeOptions,
): Promise<Answer> {
  signal.throwIfAborted();
  const socket = connect('path' in address ? { path: address.path } : { ...address });
  const abort = (): void => {
    socket.destroy(new ScannerError('gave up waiting', signal.reason));
  };
  signal.addEventListener('abort', abort, { once: true });
  const asked = { done: false };
  const answer = collect(socket, asked, maxAnswerBytes);
  // It may fail before anybody waits for it.
  answer.catch(() => undefined);
  try {
    await send(socket, request);
    asked.done = true;
    if (halfClose) socket.end();
    return await answer;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    // It was there and took the beginning: what is wrong is more likely the message (longer than it takes) than it.
    if (isLost(error) && socket.bytesWritten > 0) {
      throw new UnscannableError('it closed the connection before it had the whole message', error);
    }
    throw scannerError(error);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

/** Ends early, without an error, when the other side has stopped listening: its answer tells why. */
async function send(socket: Socket, request: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of request) {
    // Before the next piece and not after the last: with the last all has been said.
    if (socket.writableNeedDrain) await drained(socket);
    if (!socket.writable) return;
    socket.write(chunk);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.once('drain', done);
    socket.once('close', done);
  });
}

function collect(socket: Socket, asked: { readonly done: boolean }, maxBytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    let complete = false;
    socket.on('data', (data: Buffer) => {
      if (length === 0) complete = asked.done;
      length += data.length;
      pieces.push(data);
      if (length > maxBytes) socket.destroy(new ScannerError(`its answer is longer than ${maxBytes} bytes`));
    });
    let failure: unknown = null;
    socket.on('error', (error) => {
      failure ??= error;
    });
    socket.on('close', () => {
      // Who answers and closes without reading on causes these: what it said before is its answer.
      if (failure === null || (isLost(failure) && length > 0)) {
        resolve({ bytes: Buffer.concat(pieces, length), complete });
      } else reject(failure);
    });
  });
}

const isLost = (error: unknown): boolean => errorCode(error) === 'EPIPE' || errorCode(error) === 'ECONNRESET';
