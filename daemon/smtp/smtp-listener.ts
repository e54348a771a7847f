/**
 * One SMTP or submission listener: a port with its dialogues, from `listen` to `close`.
 *
 * RFC 5321, RFC 6409 (submission), RFC 8314 (TLS from the start).
 */
import { once } from 'node:events';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config, ListenerConfig } from '../config/config.ts';
import { errorText, MaildError } from '../errors.ts';
import type { IntakePort } from '../intake/intake-port.ts';
import { MessageFiles } from '../intake/message-files.ts';
import { TraceHeader } from '../intake/trace-header.ts';
import { boundPlace, listenOn } from '../listeners/port.ts';
import { secureOptions } from '../listeners/secure-options.ts';
import { Sweeper } from '../listeners/sweeper.ts';
import { TrustedNetworks } from '../listeners/trusted-networks.ts';
import type { LoggerSource } from '../log/logger.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { StatisticsPort } from '../statistics/statistics-port.ts';
import { RecipientPolicy } from './recipient-policy.ts';
import { SmtpServer } from './smtp-server.ts';

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
  readonly #sweeper: Sweeper;
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
    const networks = new TrustedNetworks(config);
    this.#server = new SmtpServer(
      {
        ...needs,
        protocol: listener.protocol,
        tls: listener.tls,
        isTrusted: (address) => networks.has(address),
        policy: new RecipientPolicy(directory, config),
        files: new MessageFiles(config().stateDir),
        trace: new TraceHeader(),
        log: log.for(listener.protocol),
      },
      tls === null ? null : secureOptions(tls),
    );
    this.#sweeper = new Sweeper(needs.clock, () => this.#server.accepted);
    this.#server.on('error', (error: Error) => {
      if (this.#listening) log.for(this.#protocol).debug('connection failed', { error: errorText(error) });
    });
  }

  /** Resolves when the port is open. Throws MaildError `smtp.listen` when it cannot be had. */
  async listen(): Promise<void> {
    await listenOn(this.#server.server, this.#needs.listener, 'smtp');
    this.#listening = true;
    this.#sweeper.start();
    this.#needs.log.for(this.#protocol).info('listening', { address: this.address, port: this.port });
  }

  /** As bound: what the kernel chose when the configuration said port 0. */
  get address(): string {
    return boundPlace(this.#server.server, this.#needs.listener).address;
  }

  get port(): number {
    return boundPlace(this.#server.server, this.#needs.listener).port;
  }

  /** From the next handshake on this certificate is shown. Throws what OpenSSL has against it, and keeps the old one. */
  updateTls(tls: SecureContextOptions): void {
    // The library forgets the old one before it has looked at the new one.
    createSecureContext(secureOptions(tls));
    this.#server.updateSecureContext(secureOptions(tls));
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
    this.#sweeper.stop();
  }
}
