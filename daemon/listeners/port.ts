/** A TCP server and its port: opened and named in the same way for every protocol. */
import { once } from 'node:events';
import type { Server } from 'node:net';
import type { ListenerConfig } from '../config/config.ts';
import { errorText, MaildError } from '../errors.ts';

/** The kernel's queue of connections that are not accepted yet: a burst is not refused. */
const BACKLOG = 4_096;

type Place = Pick<ListenerConfig, 'address' | 'port'>;

/** Resolves when the port is open. Throws MaildError `<protocol>.listen` when it cannot be had. */
export async function listenOn(server: Server, place: Place, protocol: string): Promise<void> {
  const { address, port } = place;
  try {
    const listening = once(server, 'listening');
    server.listen({ host: address, port, backlog: BACKLOG });
    await listening;
  } catch (error) {
    throw new MaildError(
      `${protocol}.listen`,
      `cannot listen on ${address} port ${port}: ${errorText(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** As bound: what the kernel chose when the configuration said port 0. */
export function boundPlace(server: Server, configured: Place): Place {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null
    ? { address: bound.address, port: bound.port }
    : configured;
}
