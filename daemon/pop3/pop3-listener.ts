/** A POP3 listener: a port whose clients are spoken to by POP3. */
import type { SecureContextOptions } from 'node:tls';
import type { ListenerConfig } from '../config/config.ts';
import { ProtocolListener } from '../listeners/protocol-listener.ts';
import type { LoggerSource } from '../log/logger.ts';
import type { Pop3Context } from './pop3-context.ts';
import { Pop3Dialogue } from './pop3-dialogue.ts';

export interface Pop3ListenerNeeds extends Omit<Pop3Context, 'log'> {
  readonly listener: Pick<ListenerConfig, 'address' | 'port' | 'tls'>;
  /** Certificate and key; null only for a listener without TLS. */
  readonly tls: SecureContextOptions | null;
  readonly log: LoggerSource;
}

export class Pop3Listener extends ProtocolListener {
  constructor(needs: Pop3ListenerNeeds) {
    const log = needs.log.for('pop3');
    const context: Pop3Context = { ...needs, log };
    super({ ...needs, protocol: 'pop3', log, begin: (client) => new Pop3Dialogue(client, context) });
  }
}
