/** Opens the control socket of this machine, and words why it cannot be opened. */
import { connect, type Socket } from 'node:net';
import { ClientError } from './client-error.ts';
import type { Transport } from './transport.ts';

/** sun_path is 108 bytes with its NUL; Node cuts a longer path without a word and asks another file. */
const maxPathBytes = 107;

/** The first of `paths` on which somebody answers. Throws ClientError for the one that came closest. */
export async function openSocket(paths: readonly string[]): Promise<Socket> {
  let closest: ClientError | null = null;
  for (const path of paths) {
    try {
      return await open(path);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      // A file that is there says more than one that is not.
      if (!closest || (closest.code === 'ENOENT' && error.code !== 'ENOENT')) closest = error;
    }
  }
  throw closest ?? new ClientError('usage', 'no socket named');
}

export function socketTransport(socket: Socket): Transport {
  const ended = new Promise<ClientError>((settle) => {
    let cause: Error | undefined;
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('close', () =>
      settle(new ClientError('unreachable', 'maild closed the connection', { cause })),
    );
  });
  return { input: socket, output: socket, ended, close: () => socket.destroy() };
}

const open = (path: string): Promise<Socket> =>
  new Promise((opened, failed) => {
    const bytes = Buffer.byteLength(path);
    if (process.platform !== 'win32' && bytes > maxPathBytes) {
      failed(
        new ClientError(
          'usage',
          `a socket path has at most ${maxPathBytes} bytes, this one ${bytes}: ${path}`,
        ),
      );
      return;
    }
    // Half open: a relay must get the answers to what it sent before its input ended.
    const socket = connect({ path, allowHalfOpen: true });
    const onError = (error: NodeJS.ErrnoException) => failed(openError(path, error));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      opened(socket);
    });
  });

const startHint =
  'Is it running? Start it with "maild" or "systemctl start maild"; --socket names another place.';

function openError(path: string, cause: NodeJS.ErrnoException): ClientError {
  const code = cause.code ?? '';
  const because = { code, cause, details: { path } };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ClientError('unreachable', `maild is not there: no socket ${path}`, {
        ...because,
        code: 'ENOENT',
        hint: startHint,
      });
    case 'ECONNREFUSED':
      return new ClientError('unreachable', `maild is not there: nobody answers on ${path}`, {
        ...because,
        hint: startHint,
      });
    case 'EACCES':
    case 'EPERM':
      return new ClientError('permission', `not permitted to use ${path}`, {
        ...because,
        hint: 'Be the user that maild runs as, or a member of the group in control.group of its configuration.',
      });
    default:
      return new ClientError('unreachable', `cannot connect to ${path}: ${cause.message}`, because);
  }
}
