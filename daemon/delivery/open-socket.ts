/** A TCP connection to one address, in a bounded time. */
import { connect, isIPv6, type Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { errorCode, errorText } from '../errors.ts';
import { ConnectionFailure } from './connection-failure.ts';
import type { Target } from './routes.ts';

export interface SocketOptions {
  readonly timeoutMs: number;
  /** Our address to send from; left out where it is of the other family. */
  readonly localAddress: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Throws {@link ConnectionFailure}. An abort leaves nothing open. */
export function openSocket(target: Target, options: SocketOptions): Promise<Socket> {
  const { localAddress, clock, signal, timeoutMs } = options;
  const sameFamily = localAddress !== null && isIPv6(localAddress) === isIPv6(target.address);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: target.address,
      port: target.port,
      noDelay: true,
      ...(sameFamily ? { localAddress } : {}),
    });
    const end = (failure: ConnectionFailure | null) => {
      timer.cancel();
      signal.removeEventListener('abort', stop);
      socket.off('connect', connected).off('error', failed);
      if (failure === null) return resolve(socket);
      socket.on('error', () => {}); // whatever still comes of it has no meaning
      socket.destroy();
      reject(failure);
    };
    const connected = () => end(null);
    const failed = (error: Error) =>
      end(
        new ConnectionFailure(
          'delivery.unreachable',
          'connect',
          connectText(target, errorCode(error), error),
          {
            cause: error,
          },
        ),
      );
    const stop = () => end(new ConnectionFailure('delivery.stopping', 'connect', 'The server is stopping'));
    const timer = clock.after(timeoutMs, () =>
      end(
        new ConnectionFailure('delivery.unreachable', 'connect', connectText(target, 'ETIMEDOUT', undefined)),
      ),
    );
    socket.on('connect', connected).on('error', failed);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
}

function connectText(target: Target, code: string | undefined, error: unknown): string {
  const where = `${target.host}[${target.address}]:${target.port}`;
  switch (code) {
    case 'ECONNREFUSED':
      return `Connection to ${where} refused`;
    case 'ETIMEDOUT':
      return `Connection to ${where} timed out`;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return `No route to ${where}`;
    default:
      return `Connection to ${where} failed: ${errorText(error)}`;
  }
}
