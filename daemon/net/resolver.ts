/**
 * DNS as delivery needs it: MX and address records, with a cache, bounded in time, and with failures told apart.
 *
 * Asks the servers of `dns.servers` (the system's when none is named), never /etc/hosts: mail goes where the DNS
 * says. What the records mean for mail (preference, null MX, loops) is the matter of `mx.ts`.
 */
import { Resolver as NodeResolver } from 'node:dns/promises';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { errorCode, MaildError } from '../errors.ts';

export interface MxRecord {
  /** Without the final dot; empty for the null MX (RFC 7505). */
  readonly exchange: string;
  readonly preference: number;
}

/** The seam to the DNS. All throw {@link DnsError}. */
export interface DnsResolver {
  mx(domain: string): Promise<readonly MxRecord[]>;
  ipv4(host: string): Promise<readonly string[]>;
  ipv6(host: string): Promise<readonly string[]>;
}

/** `dns.not_found`: no such name. `dns.no_data`: the name has no such record. `dns.unavailable`: ask again later. */
export class DnsError extends MaildError {}

/** c-ares tells no TTL for MX records: five minutes keeps a change of mail host from being missed for long. */
const MX_TTL_MS = 5 * 60_000;
/** Nor for TXT and PTR records: who changes a policy or a key wants to see it in use soon. */
const TXT_TTL_MS = 60_000;
/** RFC 2308 5: negative answers are kept for minutes; one minute lets a repaired zone be seen soon. */
const NEGATIVE_TTL_MS = 60_000;
/** A server in trouble is asked again soon, and not once for each message that waits. */
const FAILURE_TTL_MS = 5_000;
/** Bounds for the TTL that a stranger's zone names: neither a query a message nor an address kept for weeks. */
const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 60 * 60_000;
const TRIES = 2;

type Answer = { readonly value: unknown } | { readonly error: DnsError };

export class Resolver implements DnsResolver {
  readonly #resolver: NodeResolver;
  readonly #cache: LRUCache<string, Answer>;
  readonly #asking = new Map<string, Promise<Answer>>();

  constructor(config: Config['dns'], clock: Clock) {
    // c-ares doubles the time of each further try: a third and two thirds are the whole.
    const timeout = Math.max(1, Math.floor(config.timeoutMs / (2 ** TRIES - 1)));
    this.#resolver = new NodeResolver({ timeout, tries: TRIES });
    if (config.servers.length > 0) this.#resolver.setServers(config.servers);
    this.#cache = new LRUCache({
      max: Math.max(1, config.cacheEntries),
      ttl: NEGATIVE_TTL_MS,
      ttlResolution: 0,
      perf: { now: () => clock.monotonic() + 1 }, // lru-cache takes a start at 0 for "no time at all"
    });
  }

  async mx(domain: string): Promise<readonly MxRecord[]> {
    return this.#cached(`MX ${domain}`, async () => {
      const records = await this.#resolver.resolveMx(domain);
      const value = records.map((r) => ({
        exchange: r.exchange.replace(/\.$/, '').toLowerCase(),
        preference: r.priority,
      }));
      return { value, ttlMs: MX_TTL_MS };
    });
  }

  async ipv4(host: string): Promise<readonly string[]> {
    return this.#cached(`A ${host}`, async () =>
      addresses(await this.#resolver.resolve4(host, { ttl: true })),
    );
  }

  async ipv6(host: string): Promise<readonly string[]> {
    return this.#cached(`AAAA ${host}`, async () =>
      addresses(await this.#resolver.resolve6(host, { ttl: true })),
    );
  }

  /** Each record as the strings that it is made of. */
  async txt(name: string): Promise<readonly (readonly string[])[]> {
    return this.#cached(`TXT ${name}`, async () => ({
      value: await this.#resolver.resolveTxt(name),
      ttlMs: TXT_TTL_MS,
    }));
  }

  /** `name` as it stands in the reverse zone: `7.2.0.192.in-addr.arpa`. */
  async ptr(name: string): Promise<readonly string[]> {
    return this.#cached(`PTR ${name}`, async () => ({
      value: await this.#resolver.resolvePtr(name),
      ttlMs: TXT_TTL_MS,
    }));
  }

  /** Ends what is being asked; those who wait get `dns.unavailable`. */
  close(): void {
    this.#resolver.cancel();
  }

  async #cached<T extends readonly unknown[]>(
    key: string,
    ask: () => Promise<{ value: T; ttlMs: number }>,
  ): Promise<T> {
    const known = this.#cache.get(key) ?? (await this.#once(key, ask));
    if ('error' in known) throw known.error;
    return known.value as T;
  }

  /** One query for all who ask the same at the same time. */
  #once<T extends readonly unknown[]>(
    key: string,
    ask: () => Promise<{ value: T; ttlMs: number }>,
  ): Promise<Answer> {
    const running = this.#asking.get(key);
    if (running !== undefined) return running;
    const query = this.#query(key, ask).finally(() => this.#asking.delete(key));
    this.#asking.set(key, query);
    return query;
  }

  async #query<T extends readonly unknown[]>(
    key: string,
    ask: () => Promise<{ value: T; ttlMs: number }>,
  ): Promise<Answer> {
    try {
      const { value, ttlMs } = await ask();
      // c-ares gives an empty list, and no error, for CNAMEs that lead nowhere or in a circle.
      if (value.length === 0) throw Object.assign(new Error('only CNAMEs'), { code: 'ENODATA' });
      this.#cache.set(key, { value }, { ttl: Math.min(MAX_TTL_MS, Math.max(MIN_TTL_MS, ttlMs)) });
      return { value };
    } catch (cause) {
      const error = dnsError(key, cause);
      this.#cache.set(key, { error }, { ttl: error.temporary ? FAILURE_TTL_MS : NEGATIVE_TTL_MS });
      return { error };
    }
  }
}

function addresses(records: readonly { address: string; ttl: number }[]) {
  return {
    value: records.map((r) => r.address),
    ttlMs: Math.min(...records.map((r) => r.ttl)) * 1_000,
  };
}

function dnsError(query: string, cause: unknown): DnsError {
  switch (errorCode(cause)) {
    case 'ENOTFOUND':
      return new DnsError('dns.not_found', `${query}: no such name`, { cause });
    case 'ENODATA':
      return new DnsError('dns.no_data', `${query}: no such record`, { cause });
    // A name that cannot stand in a query at all (a label over 63 characters, say) cannot exist either.
    case 'EBADNAME':
      return new DnsError('dns.not_found', `${query}: not a name of the DNS`, { cause });
    default:
      return new DnsError('dns.unavailable', `${query}: ${reason(cause)}`, { temporary: true, cause });
  }
}

function reason(cause: unknown): string {
  switch (errorCode(cause)) {
    case 'ETIMEOUT':
      return 'the name server did not answer in time';
    case 'ESERVFAIL':
      return 'the name server failed (SERVFAIL)';
    case 'ECONNREFUSED':
      return 'no name server can be reached';
    default:
      return `the name server's answer cannot be used (${errorCode(cause) ?? 'unknown'})`;
  }
}
