/** Whether the addresses of our name lead back to it: many servers refuse mail from those that do not (RFC 1912 2.1). */
import type { ListenerStatus } from '../../../shared/api/server.ts';
import { type Check, type CheckFinding, found, ok } from '../check.ts';
import { addressesOf, type CheckDns, records, reverseName } from '../dns-answers.ts';
import { isExposed, isPrivate } from '../exposure.ts';

export interface ReverseDnsNeeds {
  readonly hostname: string;
  readonly listeners: () => readonly ListenerStatus[];
  readonly dns: CheckDns;
}

const maxAddresses = 8;

export const reverseDnsCheck = ({ hostname, listeners, dns }: ReverseDnsNeeds): Check => ({
  name: 'reverse-dns',
  async run() {
    if (!hostname.includes('.') || !listeners().some(isExposed)) return ok;
    // By the name and not by our interfaces: behind a translation of addresses only the name knows the public ones.
    const addresses = (await addressesOf(dns, hostname)).filter((address) => !isPrivate(address));
    const looked = await Promise.all(
      addresses.slice(0, maxAddresses).map(async (address): Promise<readonly CheckFinding[]> => {
        const names = await records(dns.ptr(reverseName(address)));
        if (names.some((name) => name.toLowerCase().replace(/\.$/, '') === hostname.toLowerCase())) return [];
        return [finding(address, hostname, names)];
      }),
    );
    return found(looked.flat());
  },
});

const finding = (address: string, hostname: string, names: readonly string[]): CheckFinding => ({
  code: names.length === 0 ? 'dns.reverse_missing' : 'dns.reverse_mismatch',
  severity: 'warning',
  subject: address,
  evidence:
    names.length === 0
      ? 'The address has no reverse record: many servers refuse mail from it'
      : `The address leads to ${names.slice(0, 3).join(', ')} and not to ${hostname}`,
  remedy: `Ask whoever gave you the address for the PTR record: ${address} to ${hostname}.`,
});
