/** Whether our domains have the records that others judge their mail by: SPF (RFC 7208), DMARC (RFC 7489). */
import { checkOfDomains } from '../by-domain.ts';
import type { Check } from '../check.ts';
import { textRecords } from '../dns-answers.ts';
import type { DomainCheckNeeds } from './mx-records.ts';

export const spfCheck = ({ domains, dns }: DomainCheckNeeds): Check =>
  checkOfDomains('spf', domains, async (domain) => {
    const policies = await textRecords(dns, domain, /^v=spf1( |$)/i);
    if (policies.length === 1) return [];
    // RFC 7208 4.5: more than one is an error for those who check.
    const several = policies.length > 1;
    return [
      {
        code: several ? 'dns.spf_several' : 'dns.spf_missing',
        severity: 'warning',
        subject: domain,
        evidence: several
          ? `It has ${policies.length} SPF records, and may have one: none of them counts`
          : 'It has no SPF record: its mail may be taken for spam',
        remedy: several ? 'Leave one of them in the DNS.' : `Add to the DNS: ${domain}. TXT "v=spf1 mx -all"`,
      },
    ];
  });

export const dmarcCheck = ({ domains, dns }: DomainCheckNeeds): Check =>
  checkOfDomains('dmarc', domains, async (domain) => {
    const own = await textRecords(dns, `_dmarc.${domain}`, /^v=DMARC1(;| |$)/i);
    if (own.length > 0) return [];
    // RFC 7489 6.6.3: a policy of the organisation serves for the domains below it.
    const [, ...parent] = domain.split('.');
    if (
      parent.length > 1 &&
      (await textRecords(dns, `_dmarc.${parent.join('.')}`, /^v=DMARC1(;| |$)/i)).length > 0
    )
      return [];
    return [
      {
        code: 'dns.dmarc_missing',
        severity: 'warning',
        subject: domain,
        evidence:
          'It has no DMARC record: anybody can send in its name unnoticed, and large receivers refuse much',
        remedy: `Add to the DNS: _dmarc.${domain}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@${domain}"`,
      },
    ];
  });
