/** Who may send to whom: our own addresses from anyone, all others only from those who may relay. RFC 5321 3.6, 4.5.1. */
import { type Address, formatAddress, normaliseAddress } from '../../shared/address.ts';
import type { DirectoryPort, LocalAccount, Resolution } from '../accounts/directory-port.ts';
import type { Config } from '../config/config.ts';
import { type Reply, replies } from './replies.ts';

/** Where mail to an address goes. */
export interface AcceptedRecipient {
  readonly accounts: readonly LocalAccount[];
  readonly elsewhere: readonly string[];
}

type PolicyConfig = Pick<Config, 'hostname' | 'domains' | 'postmaster'>;

export class RecipientPolicy {
  readonly #directory: DirectoryPort;
  readonly #config: () => PolicyConfig;

  constructor(directory: DirectoryPort, config: () => PolicyConfig) {
    this.#directory = directory;
    this.#config = config;
  }

  /** `mayRelay`: the client is authenticated, or in `relay_networks`. Rejects when the directory cannot be asked. */
  async check(address: Address | 'postmaster', mayRelay: boolean): Promise<AcceptedRecipient | Reply> {
    if (address === 'postmaster') return this.#postmaster();
    const text = formatAddress(address);
    const resolution = await this.#directory.resolve(text);
    switch (resolution.kind) {
      case 'foreign':
        return mayRelay ? { accounts: [], elsewhere: [text] } : replies.relayingDenied;
      case 'unknown':
        // RFC 5321 4.5.1: each domain has a postmaster.
        return address.localPart.toLowerCase() === 'postmaster'
          ? this.#postmaster()
          : replies.unknownRecipient;
      default:
        return outcome(resolution);
    }
  }

  async #postmaster(): Promise<AcceptedRecipient | Reply> {
    const { postmaster, domains, hostname } = this.#config();
    const address = normaliseAddress(postmaster ?? `postmaster@${domains[0] ?? hostname}`);
    if (address === null) return replies.unknownRecipient;
    const resolution = await this.#directory.resolve(address);
    // A postmaster elsewhere is the operator's choice, not the client's: no matter of relaying.
    if (resolution.kind === 'foreign' && postmaster !== null) return { accounts: [], elsewhere: [address] };
    return outcome(resolution);
  }
}

function outcome(resolution: Resolution): AcceptedRecipient | Reply {
  switch (resolution.kind) {
    case 'known':
      return resolution;
    case 'refused':
      return resolution.temporary ? replies.recipientDeferred : replies.recipientRefused;
    default:
      return replies.unknownRecipient;
  }
}
