/**
 * Where the mail of a domain goes: to the next hop of the first route that matches, otherwise by the default connection,
 * and without one to the domain's own mail hosts (`net/mx.ts`).
 */
import type { Config, NextHop, RouteConfig } from '../config/config.ts';
import { type MxLookup, RoutingError } from '../net/mx.ts';
import { isLoopback } from '../net/own-addresses.ts';
import { type ConnectionRoute, noSenders, type Senders } from './senders-port.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** One address of one host, and how to talk to it. */
export interface Target {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly tls: NextHop['tls'];
  /** Whether the certificate must be good for `host`. */
  readonly verify: boolean;
  readonly auth: Credentials | null;
}

export interface Destination {
  /** What shares connections: a next hop for all domains that go there, otherwise the domain. */
  readonly key: string;
  /** For people: `MX of example.org`, `smarthost.example.net:587`. */
  readonly via: string;
  /** The connection whose relay this is; null without one. */
  readonly connection: string | null;
  /** Why its mail waits in the queue and is not tried; null when it is. */
  readonly waits: string | null;
  /** In the order to try them, never empty. Throws RoutingError. */
  targets(): Promise<readonly Target[]>;
}

export class Routes {
  readonly #routes: readonly { readonly pattern: RegExp; readonly route: RouteConfig }[];
  readonly #delivery: Config['delivery'];
  readonly #mx: MxLookup;
  readonly #senders: Senders;

  constructor(config: Pick<Config, 'routes' | 'delivery'>, mx: MxLookup, senders: Senders = noSenders) {
    this.#routes = config.routes.map((route) => ({ pattern: wildcard(route.domain), route }));
    this.#delivery = config.delivery;
    this.#mx = mx;
    this.#senders = senders;
  }

  find(domain: string): Destination {
    const route = this.#routes.find(({ pattern }) => pattern.test(domain))?.route;
    if (route?.via !== undefined) return this.#nextHop(route.via);
    if (route?.connection !== undefined) return this.#connection(this.#senders.route(route.connection));
    const byDefault = this.#senders.default();
    return byDefault === null ? this.#mailHosts(domain.toLowerCase()) : this.#connection(byDefault);
  }

  #mailHosts(domain: string): Destination {
    const { tls, port } = this.#delivery;
    const targets = async () => {
      const hosts = await this.#mx.hosts(domain);
      // No verification: the DNS, unsigned, named the host; a proof of that name would prove nothing (RFC 7435).
      return hosts.flatMap(({ name, addresses }) =>
        addresses.map((address) => ({ host: name, address, port, tls, verify: false, auth: null })),
      );
    };
    return { key: `mx:${domain}`, via: `MX of ${domain}`, connection: null, waits: null, targets };
  }

  #nextHop(hop: NextHop): Destination {
    const targets = () => this.#targetsOf(hop);
    return { key: keyOf(hop), via: `${hop.host}:${hop.port}`, connection: null, waits: null, targets };
  }

  /** The relay of a connection, and behind it that of the one that takes over when it fails. */
  #connection({ connection, hops, problem, waits }: ConnectionRoute): Destination {
    const targets = async () => {
      if (problem !== null) throw new RoutingError('4.3.5', `The mail's ${problem}`);
      const [first = [], ...others] = await Promise.all(
        hops.map((hop) =>
          // One relay without an address is no reason not to try the other.
          this.#targetsOf(hop).catch((error: unknown) => {
            if (hops.length === 1) throw error;
            return [];
          }),
        ),
      );
      const all = [...first, ...others.flat()];
      if (all.length === 0)
        throw new RoutingError('4.4.3', `No relay of connection ${connection} has an address`);
      return all;
    };
    const relays = hops.map(({ host, port }) => `${host}:${port}`).join(', then ');
    const via = `connection ${connection}${relays === '' ? '' : ` (${relays})`}`;
    return { key: `connection:${hops.map(keyOf).join('|')}`, via, connection, waits, targets };
  }

  #targetsOf(hop: NextHop): Promise<readonly Target[]> {
    return targetsOf(hop, this.#mx);
  }
}

/** Of one next hop, in the order to try them. Throws RoutingError. */
export async function targetsOf(hop: NextHop, mx: MxLookup): Promise<readonly Target[]> {
  const auth = hop.user === undefined ? null : { user: hop.user, password: hop.password ?? '' };
  const addresses = await mx.addresses(hop.host);
  return addresses.map((address) => {
    const local = isLoopback(address);
    // A password goes over TLS only, except where nobody can listen.
    const tls = auth !== null && !local && hop.tls === 'opportunistic' ? 'required' : hop.tls;
    const proven = tls === 'required' || tls === 'implicit';
    const verify = !local && proven && (hop.verify ?? true);
    return { host: hop.host, address, port: hop.port, tls, verify, auth };
  });
}

/** What may share connections. */
const keyOf = (hop: NextHop): string => `hop:${hop.tls}:${hop.user ?? ''}@${hop.host}:${hop.port}`;

/** `*` stands for any run of characters; case does not matter. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}
