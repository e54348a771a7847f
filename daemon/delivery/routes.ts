/**
 * Where the mail of a domain goes: to the next hop of the first route that matches, otherwise to the domain's own
 * mail hosts (`net/mx.ts`).
 */
import type { Config, NextHop, RouteConfig } from '../config/config.ts';
import { type MxLookup, RoutingError } from '../net/mx.ts';
import { isLoopback } from '../net/own-addresses.ts';

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
  /** In the order to try them, never empty. Throws RoutingError. */
  targets(): Promise<readonly Target[]>;
}

export class Routes {
  readonly #routes: readonly { readonly pattern: RegExp; readonly route: RouteConfig }[];
  readonly #delivery: Config['delivery'];
  readonly #mx: MxLookup;

  constructor(config: Pick<Config, 'routes' | 'delivery'>, mx: MxLookup) {
    this.#routes = config.routes.map((route) => ({ pattern: wildcard(route.domain), route }));
    this.#delivery = config.delivery;
    this.#mx = mx;
  }

  find(domain: string): Destination {
    const route = this.#routes.find(({ pattern }) => pattern.test(domain))?.route;
    if (route?.via !== undefined) return this.#nextHop(route.via);
    if (route?.connection !== undefined) return noConnection(route.connection);
    return this.#mailHosts(domain.toLowerCase());
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
    return { key: `mx:${domain}`, via: `MX of ${domain}`, targets };
  }

  #nextHop(hop: NextHop): Destination {
    const auth = hop.user === undefined ? null : { user: hop.user, password: hop.password ?? '' };
    const targets = async () => {
      const addresses = await this.#mx.addresses(hop.host);
      return addresses.map((address) => {
        const local = isLoopback(address);
        // A password goes over TLS only, except where nobody can listen.
        const tls = auth !== null && !local && hop.tls === 'opportunistic' ? 'required' : hop.tls;
        const verify = !local && (tls === 'required' || tls === 'implicit');
        return { host: hop.host, address, port: hop.port, tls, verify, auth };
      });
    };
    const via = `${hop.host}:${hop.port}`;
    return { key: `hop:${hop.tls}:${hop.user ?? ''}@${via}`, via, targets };
  }
}

function noConnection(name: string): Destination {
  const targets = () =>
    Promise.reject(new RoutingError('4.3.5', `The route's connection "${name}" is not configured`));
  return { key: `connection:${name}`, via: `connection ${name}`, targets };
}

/** `*` stands for any run of characters; case does not matter. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}
