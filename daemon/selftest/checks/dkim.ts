/** Whether what our domains send is signed, and the DNS has the keys that it is signed with (RFC 6376 3.6). */
import { checkOfDomains } from '../by-domain.ts';
import type { Check } from '../check.ts';
import { textRecords } from '../dns-answers.ts';
import type { DomainCheckNeeds } from './mx-records.ts';

export interface DkimNeeds extends DomainCheckNeeds {
  /** Selector and public key (`p=`) that a domain signs with; null when it does not sign. */
  readonly keyOf: (
    domain: string,
  ) => Promise<{ readonly selector: string; readonly publicKey: string } | null>;
}

export const dkimCheck = ({ domains, dns, keyOf }: DkimNeeds): Check =>
  checkOfDomains('dkim', domains, async (domain) => {
    const key = await keyOf(domain);
    if (key === null) {
      return [
        {
          code: 'dkim.not_signing',
          severity: 'warning',
          subject: domain,
          evidence: 'What it sends is not signed with DKIM: it may be taken for spam',
          remedy: `mailctl domains dkim ${domain}`,
        },
      ];
    }
    const name = `${key.selector}._domainkey.${domain}`;
    const published = await textRecords(dns, name, /(^|;)\s*p=/i);
    if (published.some((text) => publicKeyIn(text) === key.publicKey)) return [];
    const wrong = published.length > 0;
    return [
      {
        code: wrong ? 'dns.dkim_wrong' : 'dns.dkim_missing',
        severity: 'warning',
        subject: domain,
        evidence: wrong
          ? `The key at ${name} is not the one that its mail is signed with: every signature fails`
          : `There is no key at ${name}, so nobody can check the signatures of its mail`,
        remedy: `Put what this prints into the DNS: mailctl domains dkim ${domain}`,
      },
    ];
  });

const publicKeyIn = (text: string): string | undefined =>
  /(?:^|;)\s*p=([^;]*)/i.exec(text)?.[1]?.replace(/\s+/g, '');
