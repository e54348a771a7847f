/** Our own name: others look it up when we greet them with it (RFC 5321 4.1.4). */
import type { ListenerStatus } from '../../../shared/api/server.ts';
import { type Check, found, ok } from '../check.ts';
import { addressesOf, type CheckDns } from '../dns-answers.ts';
import { isExposed } from '../exposure.ts';

export interface HostnameNeeds {
  readonly hostname: string;
  readonly listeners: () => readonly ListenerStatus[];
  readonly dns: CheckDns;
}

export const hostnameCheck = ({ hostname, listeners, dns }: HostnameNeeds): Check => ({
  name: 'hostname',
  async run() {
    // A name without a dot is warned of anyway, and whoever serves this machine alone needs none.
    if (!hostname.includes('.') || !listeners().some(isExposed)) return ok;
    const addresses = await addressesOf(dns, hostname);
    if (addresses.length > 0) return ok;
    return found([
      {
        code: 'hostname.not_resolvable',
        severity: 'warning',
        subject: hostname,
        evidence: 'The DNS has no address for this name; other servers may refuse mail from it',
        remedy: `Add an A or AAAA record for ${hostname}, or set another hostname in the configuration.`,
      },
    ]);
  },
});
