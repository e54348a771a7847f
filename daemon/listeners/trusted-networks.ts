/** `relay_networks` as they are now: made into a set once for each time that the configuration changes them. */
import type { Config } from '../config/config.ts';
import { NetworkSet } from '../net/network.ts';

export class TrustedNetworks {
  readonly #config: () => Pick<Config, 'relayNetworks'>;
  #texts: readonly string[] | null = null;
  #set = new NetworkSet([]);

  constructor(config: () => Pick<Config, 'relayNetworks'>) {
    this.#config = config;
  }

  has(address: string): boolean {
    const { relayNetworks } = this.#config();
    if (relayNetworks !== this.#texts) {
      this.#texts = relayNetworks;
      this.#set = new NetworkSet(relayNetworks);
    }
    return this.#set.has(address);
  }
}
