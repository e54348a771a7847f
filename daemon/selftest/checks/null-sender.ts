/** Whether mail with the null sender is taken: without it no bounce can come in (RFC 5321 4.5.5). */
import type { ListenerStatus } from '../../../shared/api/server.ts';
import { type Check, couldNotCheck, found, ok } from '../check.ts';
import { openListeners, reachableAddress } from '../exposure.ts';
import { probeSmtp } from '../smtp-probe.ts';

export interface NullSenderNeeds {
  readonly listeners: () => readonly ListenerStatus[];
  /** While it is, everything is refused, and that is told elsewhere. */
  readonly receivingPaused: () => boolean;
}

export const nullSenderCheck = ({ listeners, receivingPaused }: NullSenderNeeds): Check => ({
  name: 'null-sender',
  async run(signal) {
    const listener = openListeners(listeners()).find(
      ({ protocol, tls }) => protocol === 'smtp' && tls !== 'implicit',
    );
    if (listener === undefined || receivingPaused()) return ok;
    const host = reachableAddress(listener);
    const [reply] = await probeSmtp({ host, port: listener.port, from: host }, ['MAIL FROM:<>'], signal);
    if (reply === undefined) return couldNotCheck('the listener closed the connection');
    if (reply.code < 300) return ok;
    // Something is wrong with the server as a whole for now.
    if (reply.code < 500) return couldNotCheck(`the listener says: ${reply.text.slice(0, 200)}`);
    return found([
      {
        code: 'smtp.null_sender_refused',
        severity: 'error',
        subject: `${listener.protocol} ${listener.address}:${listener.port}`,
        evidence: `MAIL FROM:<> was refused, so no bounce can come in: ${reply.text.slice(0, 200)}`,
        remedy: 'See why: mailctl log --category smtp',
      },
    ]);
  },
});
