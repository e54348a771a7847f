/**
 * One SMTP or submission listener: a port with its dialogues, from `listen` to `close`.
 *
 * RFC 5321, RFC 6409 (submission), RFC 8314 (TLS from the start).
 */
import { once } from 'node:events';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Config, ListenerConfig } from '../config/config.ts';
import { errorText, MaildError } from '../errors.ts';
import type { IntakePort } from '../intake/intake-port.ts';
import { MessageFiles } from '../intake/message-files.ts';
import { TraceHeader } from '../intake/trace-header.ts';
import type { LoggerSource } from '../log/logger.ts';
import { NetworkSet } from '../net/network.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { StatisticsPort } from '../statistics/statistics-port.ts';
import { RecipientPolicy } from './recipient-policy.ts';
import { SmtpServer } from './smtp-server.ts';

/** All time limits are kept by one look at all clients, so they are exact to this much. */
const SWEEP_MS = 1_000;
/** The kernel's queue of connections that are not accepted yet: a burst is not refused. */
const BACKLOG = 1_024;

export interface SmtpListenerNeeds {
  readonly listener: ListenerConfig;
  /** The configuration as it is now: limits change with a reload, address and port do not. */
  readonly config: () => Config;
  /** Certificate and key; null only for a listener without TLS. */
  readonly tls: SecureContextOptions | null;
  readonly registry: SessionRegistryPort;
  readonly directory: DirectoryPort;
  readonly intake: IntakePort;
  readonly statistics: StatisticsPort;
  readonly log: LoggerSource;
  readonly clock: Clock;
}

export class SmtpListener {
  readonly #needs: SmtpListenerNeeds;
  readonly #server: SmtpServer;
  readonly #protocol: 'smtp' | 'submission';
  #networks: { readonly texts: readonly string[]; readonly set: NetworkSet };
  #sweepTimer: Timer | null = null;
  #listening = false;

  constructor(needs: SmtpListenerNeeds) {
    const { listener, config, tls, log, directory } = needs;
    if (listener.protocol !== 'smtp' && listener.protocol !== 'submission') {
      throw new MaildError('smtp.protocol', `${listener.protocol} is not SMTP`);
    }
    if (listener.tls !== 'none' && tls === null) {
      throw new MaildError('smtp.no_certificate', `listener with TLS ${listener.tls} has no certificate`);
    }
    this.#needs = needs;
    this.#protocol = listener.protocol;
    this.#networks = networksOf(config().relayNetworks);
    this.#server = new SmtpServer(
      {
        ...needs,
        protocol: listener.protocol,
        tls: listener.tls,
        isTrusted: (address) => this.#isTrusted(address),
        policy: new RecipientPolicy(directory, config),
        files: new MessageFiles(config().stateDir),
        trace: new TraceHeader(),
        log: log.for(listener.protocol),
      },
      tls === null ? null : secure(tls),
    );
    this.#server.on('error', (error: Error) => {
      if (this.#listening) log.for(this.#protocol).debug('connection failed', { error: errorText(error) });
    });
  }

  /** Resolves when the port is open. Throws MaildError `smtp.listen` when it cannot be had. */
  async listen(): Promise<void> {
    const { address, port } = this.#needs.listener;
    const { server } = this.#server;
    try {
      const listening = once(server, 'listening');
      server.listen({ host: address, port, backlog: BACKLOG });
      await listening;
    } catch (error) {
      throw new MaildError('smtp.listen', `cannot listen on ${address} port ${port}: ${errorText(error)}`, {
        cause: error,
      });
    }
    this.#listening = true;
    this.#sweepLater();
    this.#needs.log.for(this.#protocol).info('listening', { address: this.address, port: this.port });
  }

  /** As bound: what the kernel chose when the configuration said port 0. */
  get address(): string {
    const bound = this.#server.server.address();
    return typeof bound === 'object' && bound !== null ? bound.address : this.#needs.listener.address;
  }

  get port(): number {
    const bound = this.#server.server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : this.#needs.listener.port;
  }

  /** From the next handshake on this certificate is shown. Throws what OpenSSL has against it, and keeps the old one. */
  updateTls(tls: SecureContextOptions): void {
    // The library forgets the old one before it has looked at the new one.
    createSecureContext(secure(tls));
    this.#server.updateSecureContext(secure(tls));
  }

  /**
   * Takes no new clients and sends the others away: at once, or when the message that one is sending is through, for which
   * it has `drainMs`. Resolves when the last socket has closed.
   */
  async close(options: { readonly drainMs: number }): Promise<void> {
    const { clock } = this.#needs;
    const { server } = this.#server;
    if (!this.#listening) return;
    this.#listening = false;
    const closed = once(server, 'close');
    server.close();
    const sessions = [...this.#server.accepted].map((accepted) => accepted.whenClosed());
    for (const accepted of this.#server.accepted) accepted.shutDown();
    const deadline = clock.after(options.drainMs, () => {
      for (const accepted of this.#server.accepted) accepted.top.destroy();
    });
    await Promise.all([closed, ...sessions]);
    deadline.cancel();
    this.#sweepTimer?.cancel();
  }

  #sweepLater(): void {
    this.#sweepTimer = this.#needs.clock.after(SWEEP_MS, () => {
      const now = this.#needs.clock.monotonic();
      for (const accepted of this.#server.accepted) accepted.sweep(now);
      this.#sweepLater();
    });
  }

  #isTrusted(address: string): boolean {
    const { relayNetworks } = this.#needs.config();
    if (relayNetworks !== this.#networks.texts) this.#networks = networksOf(relayNetworks);
    return this.#networks.set.has(address);
  }
}

function networksOf(texts: readonly string[]) {
  return { texts, set: new NetworkSet(texts) };
}

/** The library's own floor is TLS 1.0, which RFC 8996 has buried. */
function secure(tls: SecureContextOptions): SecureContextOptions {
  return { minVersion: 'TLSv1.2', ...tls };
}
