/**
 * `mailctl --stdio`: copies bytes between standard input and output and the control socket of this machine. A mailctl
 * elsewhere starts it through ssh (rpc/ssh-transport.ts). It understands nothing of what passes.
 */
import type { Readable, Writable } from 'node:stream';
import { clientSockets } from '../shared/paths.ts';
import { openSocket } from './rpc/socket-transport.ts';

/** Resolves when either side has ended. Throws ClientError when the socket cannot be opened. */
export async function relayStdio(
  stdio: { readonly stdin: Readable; readonly stdout: Writable },
  socketPath?: string,
): Promise<void> {
  const socket = await openSocket(socketPath ? [socketPath] : clientSockets());
  const { stdin, stdout } = stdio;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // Whoever loses its peer ends the other one; there is nobody to tell more.
  socket.on('error', () => {});
  stdout.on('error', () => socket.destroy());
  stdin.on('error', () => socket.destroy());
  stdin.pipe(socket);
  socket.pipe(stdout, { end: false });
  socket.on('end', () => socket.end());
  await closed;
  stdin.unpipe(socket);
  stdin.pause();
}
