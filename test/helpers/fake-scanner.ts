/**
 * A scanner that does what a test says: a real socket on 127.0.0.1, or a Unix socket, with a script for each connection.
 * It ends with the test.
 */
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ScannerAddress } from '../../daemon/config/config.ts';

export interface FakeScanner {
  readonly address: ScannerAddress;
  /** All that clients have sent, a connection each. */
  readonly received: Buffer[];
  readonly connections: number;
}

export type ScannerScript = (socket: Socket, received: () => Buffer) => void;

export async function fakeScanner(script: ScannerScript, path?: string): Promise<FakeScanner> {
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const index = received.push(Buffer.alloc(0)) - 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      received[index] = Buffer.concat([received[index] ?? Buffer.alloc(0), data]);
    });
    script(socket, () => received[index] ?? Buffer.alloc(0));
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const at = server.address();
  const address =
    path !== undefined || at === null || typeof at === 'string' ? { path: path ?? '' } : local(at.port);
  return {
    address,
    received,
    get connections() {
      return received.length;
    },
  };
}

const local = (port: number) => ({ host: '127.0.0.1', port });

/** Answers, piece by piece, once `whole` says that all has come; then closes. */
export const answering =
  (answer: string | readonly string[], whole: (received: Buffer) => boolean): ScannerScript =>
  (socket, received) => {
    let answered = false;
    socket.on('data', () => {
      if (answered || !whole(received())) return;
      answered = true;
      void sayAll(socket, typeof answer === 'string' ? [answer] : answer);
    });
  };

async function sayAll(socket: Socket, pieces: readonly string[]): Promise<void> {
  socket.setNoDelay(true);
  for (const piece of pieces) {
    socket.write(piece, 'latin1');
    // Each piece in a segment of its own.
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
}

/** `zINSTREAM` to its empty chunk, or `zVERSION`. */
export const clamdHasAll = (received: Buffer): boolean =>
  received.toString('latin1').startsWith('zVERSION\0') || received.subarray(-4).equals(Buffer.alloc(4));
