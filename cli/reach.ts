/** Finds the daemon: here by its socket, elsewhere through ssh. What the person says now comes before the environment. */
import type { Client } from './client.ts';
import type { Io } from './io.ts';

export interface ReachOptions {
  readonly socket?: string;
  readonly host?: string;
}

/** The client is loaded here only: version, help and completion need no network. Throws ClientError. */
export async function connectToDaemon(io: Io, options: ReachOptions, timeoutMs: number): Promise<Client> {
  const { connect } = await import('./client.ts');
  return connect({ ...placeOf(io, options), timeoutMs });
}

export function placeOf({ env }: Io, { socket, host }: ReachOptions): ReachOptions {
  if (host !== undefined) return { host };
  if (socket !== undefined) return { socket };
  if (env.MAILD_HOST) return { host: env.MAILD_HOST };
  return env.MAILD_SOCKET ? { socket: env.MAILD_SOCKET } : {};
}
