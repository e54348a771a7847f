/**
 * The DNS as mailauth asks it, for one message: a number of questions and no more, and the errors that it knows.
 * Caching and time limits are the resolver's.
 */
import type { MxRecord } from '../net/resolver.ts';
import { DnsError } from '../net/resolver.ts';

/** The records that checks of a sender need. All throw {@link DnsError}. */
export interface RecordSource {
  txt(name: string): Promise<readonly (readonly string[])[]>;
  ptr(name: string): Promise<readonly string[]>;
  mx(domain: string): Promise<readonly MxRecord[]>;
  ipv4(host: string): Promise<readonly string[]>;
  ipv6(host: string): Promise<readonly string[]>;
}

/**
 * SPF has 10 lookups (RFC 7208 4.6.4) and up to 10 addresses for each `mx` and `ptr`; 10 signatures, ARC and DMARC come to
 * another 15.
 */
const MAX_LOOKUPS = 100;

export class LookupBudget {
  readonly #dns: RecordSource;
  #left = MAX_LOOKUPS;

  constructor(dns: RecordSource) {
    this.#dns = dns;
  }

  close(): void {
    this.#left = 0;
  }

  /** As `dns.resolve` answers and fails. */
  async resolve(name: string, type: string): Promise<never[]> {
    if (this.#left <= 0) throw dnsFailure('ETIMEOUT', `no more DNS lookups for this message: ${name}`);
    this.#left -= 1;
    try {
      // mailauth declares answers as lists of text, and reads those of MX records as the objects that dns.resolve gives.
      return (await this.#ask(name, type)) as never[];
    } catch (error) {
      if (error instanceof DnsError) throw dnsFailure(codes[error.code] ?? 'ETIMEOUT', error.message);
      throw error;
    }
  }

  async #ask(name: string, type: string): Promise<readonly unknown[]> {
    switch (type) {
      case 'TXT':
        return this.#dns.txt(name);
      case 'A':
        return this.#dns.ipv4(name);
      case 'AAAA':
        return this.#dns.ipv6(name);
      case 'MX':
        return (await this.#dns.mx(name)).map(({ exchange, preference }) => ({
          exchange,
          priority: preference,
        }));
      case 'PTR':
        return this.#dns.ptr(name);
      default:
        throw dnsFailure('ENODATA', `${type} records are not asked for: ${name}`);
    }
  }
}

const codes: Readonly<Record<string, string>> = {
  'dns.not_found': 'ENOTFOUND',
  'dns.no_data': 'ENODATA',
  'dns.unavailable': 'ETIMEOUT',
};

const dnsFailure = (code: string, message: string): Error => Object.assign(new Error(message), { code });
