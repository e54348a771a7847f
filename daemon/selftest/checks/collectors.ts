/** Whether mailboxes elsewhere can be collected. One failure may be chance; several after each other are not. */
import type { Connection } from '../../../shared/api/connections.ts';
import { type Check, found } from '../check.ts';

/** What is looked at of a connection. */
export type CheckedConnection = Pick<Connection, 'name' | 'enabled' | 'lastPollResult' | 'lastError'> & {
  readonly collectors: readonly Pick<
    Connection['collectors'][number],
    'host' | 'user' | 'failures' | 'lastError'
  >[];
};

const failuresInARow = 3;

export const collectorsCheck = (connections: () => Promise<readonly CheckedConnection[]>): Check => ({
  name: 'collectors',
  async run() {
    const enabled = (await connections()).filter((connection) => connection.enabled);
    return found(
      enabled.flatMap(({ name, collectors }) =>
        collectors
          .filter(({ failures }) => failures >= failuresInARow)
          .map(({ host, user, failures, lastError }) => ({
            code: 'connections.failing',
            severity: 'warning' as const,
            subject: `${name} ${user}@${host}`,
            evidence: `Its last ${failures} polls failed: ${(lastError ?? 'no reason is known').slice(0, 200)}`,
            remedy: `mailctl connections test ${name}`,
          })),
      ),
    );
  },
});
