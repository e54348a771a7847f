/** Whether a relay answers and lets us in, for an operator who wants to know before mail does. */
import type { NextHop } from '../config/config.ts';
import { errorText } from '../errors.ts';
import type { MxLookup } from '../net/mx.ts';
import { ConnectionPool } from './connection-pool.ts';
import { targetsOf } from './routes.ts';

type PoolArguments = ConstructorParameters<typeof ConnectionPool>;

/** Answers the version of TLS, or null in the clear. Throws with what the last of its addresses said. */
export async function tryRelay(
  hop: NextHop,
  mx: MxLookup,
  config: PoolArguments[0] & { readonly attemptTimeoutMs: number },
  needs: PoolArguments[1],
): Promise<string | null> {
  const pool = new ConnectionPool(config, needs);
  let failure: unknown;
  try {
    for (const target of await targetsOf(hop, mx)) {
      try {
        const client = await pool.open(target, config.attemptTimeoutMs);
        client.quit();
        return client.tls;
      } catch (error) {
        failure = error;
      }
    }
    throw new Error(errorText(failure), { cause: failure });
  } finally {
    pool.close();
  }
}
