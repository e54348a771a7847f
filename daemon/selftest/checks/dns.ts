/** Whether the DNS answers at all: without it nothing can be delivered by MX records. */
import type { ListenerStatus } from '../../../shared/api/server.ts';
import { errorText } from '../../errors.ts';
import { DnsError } from '../../net/resolver.ts';
import { type Check, found, ok } from '../check.ts';
import { type CheckDns, records } from '../dns-answers.ts';
import { isExposed } from '../exposure.ts';

export interface DnsNeeds {
  readonly hostname: string;
  readonly domains: () => readonly string[];
  readonly listeners: () => readonly ListenerStatus[];
  /** As the configuration names them; empty: those of the system. */
  readonly servers: readonly string[];
  readonly dns: CheckDns;
}

export const dnsCheck = ({ hostname, domains, listeners, servers, dns }: DnsNeeds): Check => ({
  name: 'dns',
  async run() {
    // A name of ours: what is asked for is not told to others than those who know it anyway.
    const name =
      domains()[0] ?? (hostname.includes('.') && listeners().some(isExposed) ? hostname : undefined);
    if (name === undefined) return ok;
    try {
      await records(dns.mx(name));
      return ok;
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      return found([
        {
          code: 'dns.failing',
          severity: 'error',
          subject: servers.length === 0 ? 'DNS servers of the system' : servers.join(', '),
          evidence: `A question was not answered: ${errorText(error)}; mail waits until it is`,
          remedy:
            servers.length === 0 ? 'Look at /etc/resolv.conf, or set dns.servers.' : 'Look at dns.servers.',
        },
      ]);
    }
  },
});
