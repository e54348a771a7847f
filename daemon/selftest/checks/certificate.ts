/** The certificate that our listeners show: its time, and whether it is for our name. RFC 5280, RFC 6125. */
import { X509Certificate } from 'node:crypto';
import { formatAge } from '../../../shared/units.ts';
import { type Check, type CheckFinding, couldNotCheck, found } from '../check.ts';

export interface CertificateNeeds {
  readonly hostname: string;
  /** PEM, as it is in force. */
  readonly certificate: () => string;
  /** Its file; null when maild made it and makes it anew by itself. */
  readonly file: () => string | null;
  readonly now: () => number;
}

const dayMs = 86_400_000;
/** Those who renew by a program do it 30 days before the end. */
const soonMs = 14 * dayMs;

export const certificateCheck = ({ hostname, certificate, file, now }: CertificateNeeds): Check => ({
  name: 'certificate',
  async run() {
    let parsed: X509Certificate;
    try {
      parsed = new X509Certificate(certificate());
    } catch {
      return couldNotCheck('the certificate cannot be read');
    }
    const subject = file() ?? hostname;
    const from = Date.parse(parsed.validFrom);
    const to = Date.parse(parsed.validTo);
    const remedy = 'Renew it, then: mailctl server reload';
    const findings: CheckFinding[] = [];
    if (to <= now()) {
      const evidence = `The certificate expired ${formatAge(now() - to)} ago: clients refuse it`;
      findings.push({ code: 'certificate.expired', severity: 'error', subject, evidence, remedy });
    } else if (to - now() < soonMs) {
      const evidence = `The certificate expires in ${formatAge(to - now())}`;
      findings.push({ code: 'certificate.expires', severity: 'warning', subject, evidence, remedy });
    }
    if (from > now()) {
      const evidence = `The certificate is valid from ${new Date(from).toISOString()} on: its time has not come, or our clock is wrong`;
      findings.push({ code: 'certificate.not_yet_valid', severity: 'error', subject, evidence, remedy });
    }
    // Our own is for our name by its making; localhost stands in for names that no certificate can have.
    if (file() !== null && parsed.checkHost(hostname) === undefined) {
      findings.push({
        code: 'certificate.other_name',
        severity: 'warning',
        subject,
        evidence: `The certificate is for ${(parsed.subjectAltName ?? parsed.subject).slice(0, 200)}, and this server is called ${hostname}`,
        remedy: `Get one for ${hostname}, or set hostname in the configuration.`,
      });
    }
    return found(findings);
  },
});
