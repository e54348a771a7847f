/**
 * One POP3 or IMAP4 listener: a port with its clients, from `listen` to `close`. What is said to them is the dialogue's
 * matter, which `begin` makes for each of them.
 *
 * RFC 8314: TLS from the start, or by STARTTLS and STLS.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Clock } from '../clock.ts';
import type { Config, ListenerConfig } from '../config/config.ts';
import { errorText, MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import { ClientSocket, type ClientSocketNeeds } from './client-socket.ts';
import type { ClientDialogue } from './dialogue.ts';
import { boundPlace, listenOn } from './port.ts';
import { secureOptions } from './secure-options.ts';
import { Sweeper } from './sweeper.ts';
import { TrustedNetworks } from './trusted-networks.ts';

/** Finds a client whose machine has gone without a word, before whoever waits for its mailbox loses patience. */
const KEEP_ALIVE_MS = 120_000;
const HIGH_WATER_BYTES = 64 * 1024;

export interface ProtocolListenerNeeds {
  readonly protocol: 'pop3' | 'imap';
  readonly listener: Pick<ListenerConfig, 'address' | 'port' | 'tls'>;
  /** The configuration as it is now: limits change with a reload, address and port do not. */
  readonly config: () => Pick<Config, 'limits' | 'relayNetworks'>;
  /** Certificate and key; null only for a listener without TLS. */
  readonly tls: SecureContextOptions | null;
  readonly registry: SessionRegistryPort;
  readonly log: Logger;
  readonly clock: Clock;
  /** Makes the dialogue of a client, which greets it. See ClientSocketNeeds. */
  readonly begin: (client: ClientSocket) => ClientDialogue;
}

export class ProtocolListener {
  readonly #needs: ProtocolListenerNeeds;
  readonly #server: Server;
  readonly #clients = new Set<ClientSocket>();
  readonly #sweeper: Sweeper;
  readonly #clientNeeds: ClientSocketNeeds;
  #secureContext: SecureContext | null;
  #listening = false;

  constructor(needs: ProtocolListenerNeeds) {
    const { protocol, listener, tls, log, clock } = needs;
    if (listener.tls !== 'none' && tls === null) {
      throw new MaildError(
        `${protocol}.no_certificate`,
        `listener with TLS ${listener.tls} has no certificate`,
      );
    }
    this.#needs = needs;
    this.#secureContext = tls === null ? null : createSecureContext(secureOptions(tls));
    const networks = new TrustedNetworks(needs.config);
    this.#clientNeeds = {
      ...needs,
      tls: listener.tls,
      isTrusted: (address) => networks.has(address),
      secureContext: () => this.#context(),
    };
    this.#sweeper = new Sweeper(clock, () => this.#clients);
    this.#server = createServer(
      {
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
        highWaterMark: HIGH_WATER_BYTES,
      },
      (socket) => this.#accept(socket),
    );
    this.#server.on('error', (error: Error) => {
      if (this.#listening) log.debug('connection failed', { error: errorText(error) });
    });
  }

  /** Resolves when the port is open. Throws MaildError `pop3.listen` or `imap.listen` when it cannot be had. */
  async listen(): Promise<void> {
    await listenOn(this.#server, this.#needs.listener, this.#needs.protocol);
    this.#listening = true;
    this.#sweeper.start();
    this.#needs.log.info('listening', { address: this.address, port: this.port });
  }

  get address(): string {
    return boundPlace(this.#server, this.#needs.listener).address;
  }

  /** As bound: what the kernel chose when the configuration said port 0. */
  get port(): number {
    return boundPlace(this.#server, this.#needs.listener).port;
  }

  /** From the next handshake on this certificate is shown. Throws what OpenSSL has against it, and keeps the old one. */
  updateTls(tls: SecureContextOptions): void {
    this.#secureContext = createSecureContext(secureOptions(tls));
  }

  /**
   * Takes no new clients and sends the others away: at once, or when the command in hand is through, for which each has
   * `drainMs`. Resolves when the last socket has closed.
   */
  async close(options: { readonly drainMs: number }): Promise<void> {
    if (!this.#listening) return;
    this.#listening = false;
    const closed = once(this.#server, 'close');
    this.#server.close();
    const clients = [...this.#clients];
    const gone = clients.map((client) => client.whenClosed());
    for (const client of clients) client.shutDown();
    const deadline = this.#needs.clock.after(options.drainMs, () => {
      for (const client of this.#clients) client.destroy();
    });
    await Promise.all([closed, ...gone]);
    deadline.cancel();
    this.#sweeper.stop();
  }

  #accept(socket: Socket): void {
    // A client that was gone before we got to it has no address, and nothing to be shown of it.
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const client = new ClientSocket(socket, this.#clientNeeds, (gone) => this.#clients.delete(gone));
    this.#clients.add(client);
  }

  #context(): SecureContext {
    if (this.#secureContext === null) throw new MaildError('tls.certificate', 'there is no certificate');
    return this.#secureContext;
  }
}
