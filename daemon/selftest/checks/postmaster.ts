/** Whether somebody reads what is sent to postmaster of our domains (RFC 5321 4.5.1). */
import type { DirectoryPort } from '../../accounts/directory-port.ts';
import { checkOfDomains } from '../by-domain.ts';
import type { Check } from '../check.ts';

export const postmasterCheck = (
  domains: () => readonly string[],
  directory: Pick<DirectoryPort, 'resolve'>,
): Check =>
  checkOfDomains('postmaster', domains, async (domain) => {
    const address = `postmaster@${domain}`;
    const { kind } = await directory.resolve(address);
    if (kind !== 'unknown') return [];
    return [
      {
        code: 'postmaster.missing',
        severity: 'warning',
        subject: address,
        evidence: 'There is no account or alias for it, and each domain must have one',
        remedy: `mailctl aliases add ${address} ADDRESS, or set postmaster in the configuration`,
      },
    ];
  });
