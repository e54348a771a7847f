/** An IMAP listener: a port whose clients have an IMAP dialogue. RFC 3501, RFC 8314. */
import type { SecureContextOptions } from 'node:tls';
import type { ListenerConfig } from '../config/config.ts';
import { MessageFiles } from '../intake/message-files.ts';
import { ProtocolListener } from '../listeners/protocol-listener.ts';
import type { LoggerSource } from '../log/logger.ts';
import { fetchMessages } from './fetch/fetch-messages.ts';
import type { FetchMessages } from './fetch/fetch-messages-port.ts';
import type { ImapContext } from './imap-context.ts';
import { ImapDialogue } from './imap-dialogue.ts';
import { CommandReader } from './parse/command-reader.ts';

export interface ImapListenerNeeds
  extends Omit<ImapContext, 'log' | 'files' | 'newReader' | 'fetchMessages'> {
  readonly listener: Pick<ListenerConfig, 'address' | 'port' | 'tls'>;
  /** Null only for a listener without TLS. */
  readonly tls: SecureContextOptions | null;
  readonly log: LoggerSource;
  /** Another one, in tests. */
  readonly fetchMessages?: FetchMessages;
}

export function imapListener(needs: ImapListenerNeeds): ProtocolListener {
  const { listener, tls, registry, clock, config } = needs;
  const log = needs.log.for('imap');
  const context: ImapContext = {
    ...needs,
    files: new MessageFiles(config().stateDir),
    newReader: () => new CommandReader(),
    fetchMessages: needs.fetchMessages ?? fetchMessages,
    log,
  };
  return new ProtocolListener({
    protocol: 'imap',
    listener,
    config,
    tls,
    registry,
    log,
    clock,
    begin: (client) => new ImapDialogue(client, context),
  });
}
