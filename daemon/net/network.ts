/** IP addresses and networks in CIDR notation: which client is in which set. RFC 4632, RFC 4291 2.3. */
import { BlockList, isIP } from 'node:net';

export interface Network {
  readonly address: string;
  /** Length of the prefix in bits; that of a whole address when none was given. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** `192.0.2.0/24`, `2001:db8::/32` or a single address; null when it is neither. */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const address = plainAddress(slash === -1 ? text : text.slice(0, slash));
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return null;
  const bits = version === 4 ? 32 : 128;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (slash === -1) return { address, prefix: bits, family };
  const digits = text.slice(slash + 1);
  const prefix = Number(digits);
  return /^\d{1,3}$/.test(digits) && prefix <= bits ? { address, prefix, family } : null;
}

/** A socket that listens on IPv6 too names IPv4 clients `::ffff:192.0.2.1`; people and rules name them `192.0.2.1`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** Addresses whose verdict is remembered: most clients come again, and to look one up costs more than a command. */
const maxRemembered = 1_000;

/** A fixed set of networks. Texts that are no network match nothing: the configuration was checked before. */
export class NetworkSet {
  readonly #list = new BlockList();
  readonly #verdicts = new Map<string, boolean>();

  constructor(networks: readonly string[]) {
    for (const text of networks) {
      const network = parseNetwork(text);
      if (network !== null) this.#list.addSubnet(network.address, network.prefix, network.family);
    }
  }

  has(address: string): boolean {
    const known = this.#verdicts.get(address);
    if (known !== undefined) return known;
    const plain = plainAddress(address);
    const version = isIP(plain);
    const verdict = version !== 0 && this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
    if (this.#verdicts.size >= maxRemembered) this.#verdicts.clear();
    this.#verdicts.set(address, verdict);
    return verdict;
  }
}
