/**
 * From a domain to the hosts that take its mail, in the order to try them (RFC 5321 5.1, RFC 7505, RFC 7504).
 *
 * Knows nothing of routes, connections or messages. Failures are {@link RoutingError}s whose enhanced code says what
 * a report of non-delivery will say.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { MaildError } from '../errors.ts';
import { DnsError, type DnsResolver, type MxRecord } from './resolver.ts';

export interface MailHost {
  readonly name: string;
  /** At least one; IPv6 first when it is in use. */
  readonly addresses: readonly string[];
}

/** No way to a domain: for now (`temporary`), or at all. `details.enhancedCode` is the status (RFC 3463). */
export class RoutingError extends MaildError {
  readonly enhancedCode: string;

  constructor(enhancedCode: string, message: string, cause?: unknown) {
    super('delivery.routing', message, { temporary: enhancedCode.startsWith('4'), cause });
    this.enhancedCode = enhancedCode;
  }
}

export interface MxOptions {
  /** Our own name: an MX record that names it is a loop. */
  readonly hostname: string;
  /** Whether mail sent to this address comes back to us. */
  readonly isOurs: (address: string) => boolean;
  readonly ipv6: boolean;
  /** 0 to 1, for the order among equals. */
  readonly random: () => number;
}

/** More hosts than any real domain has; a zone of hundreds must not make us ask for them all. */
const MAX_HOSTS = 20;
const MAX_ADDRESSES_PER_HOST = 8;

type Resolved = MxRecord & { readonly addresses: readonly string[]; readonly error: DnsError | null };

export class MxLookup {
  readonly #dns: DnsResolver;
  readonly #options: MxOptions;

  constructor(dns: DnsResolver, options: MxOptions) {
    this.#dns = dns;
    this.#options = options;
  }

  /** Throws {@link RoutingError}. Never empty. */
  async hosts(domain: string): Promise<readonly MailHost[]> {
    if (domain.startsWith('[')) return [this.#literal(domain)];
    const name = domainToASCII(domain);
    if (name === '') throw new RoutingError('5.1.2', `${domain} is not a domain name`);

    const records = await this.#records(name);
    const resolved = await Promise.all(this.#inOrder(records).map((record) => this.#resolve(record)));
    const usable = this.#withoutLoops(name, resolved);
    const hosts = usable.filter((host) => host.addresses.length > 0);
    if (hosts.length > 0) return hosts.map(({ exchange, addresses }) => ({ name: exchange, addresses }));

    const failed = usable.find((host) => host.error?.temporary);
    if (failed?.error) throw new RoutingError('4.4.3', `No address for ${failed.exchange}`, failed.error);
    throw new RoutingError('5.4.4', `No host that takes mail for ${name} has an address`);
  }

  /** The addresses of a host that a route names. */
  async addresses(host: string): Promise<readonly string[]> {
    if (isIPv4(host) || isIPv6(host)) return [host];
    if (host.toLowerCase() === 'localhost') return ['127.0.0.1'];
    const { addresses, error } = await this.#resolve({ exchange: domainToASCII(host), preference: 0 });
    if (addresses.length > 0) return addresses;
    // A smarthost without an address is a fault of the configuration or of the DNS, never of the mail.
    throw new RoutingError('4.4.3', `No address for ${host}`, error ?? undefined);
  }

  /** RFC 5321 4.1.3: `[192.0.2.1]`, `[IPv6:2001:db8::1]`. */
  #literal(domain: string): MailHost {
    const address = /^\[(?:IPv6:)?([^\]]+)\]$/i.exec(domain)?.[1] ?? '';
    if (!isIPv4(address) && !isIPv6(address)) {
      throw new RoutingError('5.1.2', `${domain} is not an address literal`);
    }
    if (this.#options.isOurs(address)) throw loop(domain);
    return { name: domain, addresses: [address] };
  }

  async #records(domain: string): Promise<readonly MxRecord[]> {
    try {
      const records = await this.#dns.mx(domain);
      const named = records.filter((record) => record.exchange !== '');
      // RFC 7505 3: a null MX stands alone; beside others it is a mistake and left out.
      if (named.length === 0) throw new RoutingError('5.1.10', `${domain} takes no mail (null MX)`);
      return named;
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      if (error.temporary) throw new RoutingError('4.4.3', `No MX records for ${domain}`, error);
      if (error.code === 'dns.not_found') throw new RoutingError('5.1.2', `${domain} does not exist`, error);
      // RFC 5321 5.1: a domain without MX records is its own mail host.
      return [{ exchange: domain, preference: 0 }];
    }
  }

  /** RFC 5321 5.1: by preference, at random among equals, to spread the load. */
  #inOrder(records: readonly MxRecord[]): readonly MxRecord[] {
    const shuffled = records.map((record) => ({ record, lot: this.#options.random() }));
    shuffled.sort((a, b) => a.record.preference - b.record.preference || a.lot - b.lot);
    return shuffled.slice(0, MAX_HOSTS).map(({ record }) => record);
  }

  async #resolve(record: MxRecord): Promise<Resolved> {
    const [v6, v4] = await Promise.all([
      this.#options.ipv6 ? settled(this.#dns.ipv6(record.exchange)) : { addresses: [], error: null },
      settled(this.#dns.ipv4(record.exchange)),
    ]);
    const addresses = interleave(v6.addresses, v4.addresses).slice(0, MAX_ADDRESSES_PER_HOST);
    const errors = [v6.error, v4.error].filter((error) => error !== null);
    return { ...record, addresses, error: errors.find((error) => error.temporary) ?? errors[0] ?? null };
  }

  /** RFC 5321 5.1: where we are among the hosts, those of our preference and behind us would only send it back. */
  #withoutLoops(domain: string, hosts: readonly Resolved[]): readonly Resolved[] {
    const own = hosts.find(
      (host) =>
        host.exchange === this.#options.hostname.toLowerCase() || host.addresses.some(this.#options.isOurs),
    );
    if (own === undefined) return hosts;
    const before = hosts.filter((host) => host.preference < own.preference);
    if (before.length === 0) throw loop(domain);
    return before;
  }
}

const loop = (domain: string) => new RoutingError('5.4.6', `Mail for ${domain} loops back to this host`);

async function settled(
  query: Promise<readonly string[]>,
): Promise<{ addresses: readonly string[]; error: DnsError | null }> {
  try {
    return { addresses: await query, error: null };
  } catch (error) {
    if (error instanceof DnsError) return { addresses: [], error };
    throw error;
  }
}

/** Alternating, IPv6 first: a broken network of one family costs one failed try, not all of them (RFC 8305 4). */
function interleave(a: readonly string[], b: readonly string[]): readonly string[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i], b[i]])
    .flat()
    .filter((address) => address !== undefined);
}
