/** Whether our listeners can be reached: a port that is open and answers nobody is as good as closed. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { ListenerStatus } from '../../../shared/api/server.ts';
import { errorText } from '../../errors.ts';
import { type Check, type CheckFinding, found } from '../check.ts';
import { openListeners, reachableAddress } from '../exposure.ts';

/** On this machine a connection is made at once or not at all. */
const withinMs = 5_000;

export const listenersCheck = (listeners: () => readonly ListenerStatus[]): Check => ({
  name: 'listeners',
  async run() {
    const looked = await Promise.all(openListeners(listeners()).map(look));
    return found(looked.flat());
  },
});

async function look(listener: ListenerStatus): Promise<readonly CheckFinding[]> {
  const { protocol, address, port } = listener;
  const socket = connect({ host: reachableAddress(listener), port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(withinMs) });
    return [];
  } catch (error) {
    return [
      {
        code: 'listener.unreachable',
        severity: 'error',
        subject: `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`,
        evidence: `It is open, and no connection to it can be made: ${errorText(error)}`,
        remedy: 'Look at the firewall of this machine, and at its limit of open files.',
      },
    ];
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}
