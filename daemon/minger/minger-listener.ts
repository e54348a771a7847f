/**
 * A Minger listener: one port, on TCP and on UDP. draft-hathcock-minger-06; 4069 is the port that IANA gave it.
 */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config, ListenerConfig } from '../config/config.ts';
import { errorCode } from '../errors.ts';
import type { LoggerSource } from '../log/logger.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import { MingerService } from './minger-service.ts';
import { MingerTcp } from './minger-tcp.ts';
import { MingerUdp } from './minger-udp.ts';

export interface MingerListenerNeeds {
  readonly listener: Pick<ListenerConfig, 'address' | 'port'>;
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly directory: Pick<DirectoryPort, 'resolve'>;
  readonly registry: SessionRegistryPort;
  readonly log: LoggerSource;
  readonly clock: Clock;
}

/** With port 0 the kernel chooses a port for TCP that another program may have for UDP. */
const triesForAnyPort = 10;

export class MingerListener {
  readonly #needs: MingerListenerNeeds;
  readonly #service: MingerService;
  #tcp: MingerTcp | null = null;
  #udp: MingerUdp | null = null;
  #port = 0;

  constructor(needs: MingerListenerNeeds) {
    this.#needs = needs;
    this.#service = new MingerService({ ...needs, log: needs.log.for('minger') });
  }

  /** As bound. */
  get port(): number {
    return this.#port;
  }

  /** Resolves when both are open. Throws the error of the system; then none is. */
  async listen(): Promise<void> {
    const { address, port } = this.#needs.listener;
    for (let tries = port === 0 ? triesForAnyPort : 1; ; tries -= 1) {
      try {
        await this.#open(address, port);
        break;
      } catch (error) {
        await this.close();
        if (tries <= 1 || errorCode(error) !== 'EADDRINUSE') throw error;
      }
    }
    this.#needs.log.for('minger').info('listening', { address, port: this.#port });
  }

  async close(): Promise<void> {
    const [tcp, udp] = [this.#tcp, this.#udp];
    this.#tcp = null;
    this.#udp = null;
    await Promise.all([tcp?.close(), udp?.close()]);
  }

  async #open(address: string, port: number): Promise<void> {
    const { config, registry, log, clock } = this.#needs;
    const needs = { service: this.#service, config, registry, log: log.for('minger'), clock };
    this.#tcp = new MingerTcp(needs);
    this.#port = await this.#tcp.listen(address, port);
    this.#udp = new MingerUdp(needs);
    await this.#udp.listen(address, this.#port);
  }
}
