/** Whether our listeners can be reached: a port that is open and answers nobody is as good as closed. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
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
  const { port } = listener;
  const socket = connect({ host: reachableAddress(listener), port });
  try {
    const signal = AbortSignal.timeout(withinMs);
    await once(socket, 'connect', { signal });
    return greets(listener) ? await greeting(listener, socket, signal) : [];
  } catch (error) {
    return [
      {
        code: 'listener.unreachable',
        severity: 'error',
        subject: nameOf(listener),
        evidence: `It is open, and no connection to it can be made: ${errorText(error)}`,
        remedy: 'Look at the firewall of this machine, and at its limit of open files.',
      },
    ];
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}

/** Who wants to hear a mail server say something before the client does, and need not begin with TLS for it. */
const greets = ({ protocol, tls }: ListenerStatus): boolean =>
  (protocol === 'pop3' || protocol === 'imap') && tls !== 'implicit';

/** What it says first: that it is there, or that it sends everybody away. */
async function greeting(
  listener: ListenerStatus,
  socket: Socket,
  signal: AbortSignal,
): Promise<readonly CheckFinding[]> {
  const [said] = (await once(socket, 'data', { signal })) as [Buffer];
  const line = said.toString('latin1').split('\r\n', 1)[0] ?? '';
  if (/^(\+|\* )OK/.test(line)) return [];
  return [
    {
      code: 'listener.refusing',
      severity: 'error',
      subject: nameOf(listener),
      evidence: `It sends this machine away: ${line}`,
      remedy: 'Look at mailctl sessions and mailctl blocks; limits.connections may be too low.',
    },
  ];
}

const nameOf = ({ protocol, address, port }: ListenerStatus): string =>
  `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`;
