/**
 * The certificate that maild makes for itself when none is configured, so that STARTTLS works at once: an EC P-256
 * key and an X.509 v3 certificate (RFC 5280) for the host name, localhost and the loopback addresses.
 *
 * Mail servers encrypt opportunistically and take it; for mail programs a real certificate is better.
 */
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import {
  bitString,
  booleanTrue,
  contextTag,
  octetString,
  oid,
  sequence,
  set,
  time,
  unsignedInteger,
  utf8String,
} from './der.ts';

export interface CertificateAndKey {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const dayMs = 86_400_000;
const lifetimeMs = 3650 * dayMs;
/** Valid from a day before, for peers whose clock is behind. */
const backdatedMs = dayMs;
/** ub-common-name of RFC 5280: longer names stand in the subjectAltName only. */
const maxCommonName = 64;
const loopback = [Buffer.from([127, 0, 0, 1]), Buffer.concat([Buffer.alloc(15), Buffer.from([1])])];

export function makeSelfSignedCertificate(hostname: string, now: number): CertificateAndKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = certificateBody(hostname, publicKey, now);
  const signature = sign('sha256', body, { key: privateKey, dsaEncoding: 'der' });
  const der = sequence(body, ecdsaWithSha256(), bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Whether a certificate made before still serves: for this name, and valid for a month or more. */
export function stillServes(certificate: string, hostname: string, now: number): boolean {
  const parsed = new X509Certificate(certificate);
  const covered = parsed.subjectAltName?.split(', ').includes(`DNS:${asciiName(hostname)}`) ?? false;
  return covered && Date.parse(parsed.validTo) > now + 30 * dayMs;
}

const ecdsaWithSha256 = (): Buffer => sequence(oid('1.2.840.10045.4.3.2'));

/** TBSCertificate, RFC 5280 4.1. */
function certificateBody(hostname: string, publicKey: KeyObject, now: number): Buffer {
  const name = asciiName(hostname);
  const subject = sequence(
    set(sequence(oid('2.5.4.3'), utf8String(name.length > maxCommonName ? 'maild' : name))),
  );
  const keyInfo = publicKey.export({ type: 'spki', format: 'der' });
  return sequence(
    contextTag(0, unsignedInteger(Buffer.from([2])), true),
    unsignedInteger(randomSerial()),
    ecdsaWithSha256(),
    subject,
    sequence(time(now - backdatedMs), time(now + lifetimeMs)),
    subject,
    keyInfo,
    contextTag(3, sequence(...extensions(name, keyInfo)), true),
  );
}

/**
 * No keyUsage: OpenSSL takes a self-signed certificate for a trust anchor only without one, or with the right to
 * sign others, which this one must not have.
 */
function extensions(name: string, keyInfo: Buffer): Buffer[] {
  const dnsNames = [...new Set([name, 'localhost'])].map((host) => contextTag(2, Buffer.from(host), false));
  const addresses = loopback.map((bytes) => contextTag(7, bytes, false));
  const extension = (id: string, value: Buffer, ...critical: Buffer[]): Buffer =>
    sequence(oid(id), ...critical, octetString(value));
  return [
    extension('2.5.29.19', sequence(), booleanTrue()),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.14', octetString(createHash('sha1').update(keyInfo).digest())),
    extension('2.5.29.17', sequence(...dnsNames, ...addresses)),
  ];
}

/** Positive, at most 20 octets, and without leading zeros (RFC 5280 4.1.2.2). */
function randomSerial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/** dNSName is an IA5String: a machine with a stranger name is only known as localhost. */
const asciiName = (hostname: string): string => (/^[\x21-\x7e]+$/.test(hostname) ? hostname : 'localhost');
