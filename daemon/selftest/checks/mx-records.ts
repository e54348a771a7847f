/** Whether the DNS sends mail for our domains to us (RFC 5321 5.1). */
import { isOwnAddress } from '../../net/own-addresses.ts';
import { checkOfDomains } from '../by-domain.ts';
import type { Check, CheckFinding } from '../check.ts';
import { addressesOf, type CheckDns, records } from '../dns-answers.ts';

export interface DomainCheckNeeds {
  readonly hostname: string;
  readonly domains: () => readonly string[];
  readonly dns: CheckDns;
}

export const mxCheck = ({ hostname, domains, dns }: DomainCheckNeeds): Check =>
  checkOfDomains('mx-records', domains, async (domain): Promise<readonly CheckFinding[]> => {
    const mx = (await records(dns.mx(domain))).filter(({ exchange }) => exchange !== '');
    const subject = domain;
    if (mx.length === 0) {
      return [
        {
          code: 'dns.mx_missing',
          severity: 'warning',
          subject,
          evidence: 'The domain has no MX record: mail for it may not find this server',
          remedy: `Add to the DNS: ${domain}. MX 10 ${hostname}.`,
        },
      ];
    }
    const named = mx.some(({ exchange }) => exchange.toLowerCase() === hostname.toLowerCase());
    if (named) return [];
    const hosts = await Promise.all(mx.map(({ exchange }) => addressesOf(dns, exchange)));
    if (hosts.flat().some(isOwnAddress)) return [];
    // A filter in front of us, or a network that translates addresses, is nothing wrong.
    return [
      {
        code: 'dns.mx_elsewhere',
        severity: 'notice',
        subject,
        evidence: `Its MX records name ${mx.map(({ exchange }) => exchange).join(', ')}, and not ${hostname}`,
        remedy: `If mail is to come here directly: ${domain}. MX 10 ${hostname}.`,
      },
    ];
  });
