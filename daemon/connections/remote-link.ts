/** A TCP connection to a server elsewhere, and TLS on it, in a bounded time. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import { errorCode, errorText } from '../errors.ts';
import { isLoopback } from '../net/own-addresses.ts';
import { CollectorFailure } from './collector-failure.ts';

export interface RemoteServer {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly verify: boolean;
}

export interface LinkOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Long enough for a far host under load, short enough for the next address to get its turn. */
const CONNECT_TIMEOUT_MS = 30_000;
const HANDSHAKE_TIMEOUT_MS = 30_000;

/**
 * Whether a password may go to this server. In the clear it goes to this very machine only.
 * Throws CollectorFailure.
 */
export function requireSafeLogin({ host, tls }: RemoteServer, address: string): void {
  if (tls !== 'none' || isLoopback(address)) return;
  throw new CollectorFailure('collector.login', `${host}: no password is sent without TLS; set --tls`);
}

/** No proof of its name is asked of this very machine: nobody stands between. */
export const verifies = ({ verify }: RemoteServer, address: string): boolean =>
  verify && !isLoopback(address);

/** What Node needs to know of a server for TLS. */
export const tlsOptions = (server: RemoteServer, address: string) => ({
  // RFC 6066 3: an address is no server name.
  ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
  host: server.host,
  rejectUnauthorized: verifies(server, address),
});

/** Tries the addresses in turn. Throws CollectorFailure. */
export async function openSocket(
  server: RemoteServer,
  addresses: readonly string[],
  options: LinkOptions,
): Promise<{ readonly socket: Socket; readonly address: string }> {
  let failure = new CollectorFailure('collector.unreachable', `no address for ${server.host}`);
  for (const address of addresses) {
    try {
      requireSafeLogin(server, address);
      return { socket: await connectTo(server, address, options), address };
    } catch (error) {
      if (!(error instanceof CollectorFailure) || error.code !== 'collector.unreachable') throw error;
      failure = error;
    }
  }
  throw failure;
}

function connectTo({ host, port }: RemoteServer, address: string, options: LinkOptions): Promise<Socket> {
  const where = `${host}[${address}]:${port}`;
  const socket = connect({ host: address, port, noDelay: true });
  return settled(socket, 'connect', CONNECT_TIMEOUT_MS, options, (error) => {
    const why =
      error === null
        ? 'timed out'
        : errorCode(error) === 'ECONNREFUSED'
          ? 'was refused'
          : `failed: ${errorText(error)}`;
    return new CollectorFailure('collector.unreachable', `connection to ${where} ${why}`, error);
  });
}

/** TLS on an open connection. Throws CollectorFailure; the connection is gone then. */
export function secure(
  socket: Socket,
  server: RemoteServer,
  address: string,
  options: LinkOptions,
): Promise<TLSSocket> {
  const secured = connectTls({ socket, ...tlsOptions(server, address) });
  return settled(secured, 'secureConnect', HANDSHAKE_TIMEOUT_MS, options, (error) => {
    const why = error === null ? 'no answer in time' : errorText(error);
    return new CollectorFailure('collector.tls', `TLS with ${server.host} failed: ${why}`, error);
  });
}

/** `failureOf` is given null for a timeout. */
function settled<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  { clock, signal }: LinkOptions,
  failureOf: (error: Error | null) => CollectorFailure,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const end = (failure: CollectorFailure | null) => {
      timer.cancel();
      signal.removeEventListener('abort', stop);
      socket.off(event, done).off('error', failed).off('close', closed);
      if (failure === null) return resolve(socket);
      socket.on('error', () => {}); // whatever still comes of it has no meaning
      socket.destroy();
      return reject(failure);
    };
    const done = () => end(null);
    const failed = (error: Error) => end(failureOf(error));
    const closed = () => end(failureOf(new Error('the server closed the connection')));
    const stop = () => end(stopped(signal));
    const timer = clock.after(timeoutMs, () => end(failureOf(null)));
    socket.on(event, done).on('error', failed).on('close', closed);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
}

/** Why a run was aborted. */
export const stopped = (signal: AbortSignal): CollectorFailure =>
  signal.reason instanceof CollectorFailure
    ? signal.reason
    : new CollectorFailure('collector.stopping', 'the server is stopping');
