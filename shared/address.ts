/**
 * Mail addresses and domains: what is one, and which form of it is compared and stored.
 *
 * Domains are lower case A-labels (`xn--...`), so that one domain has one spelling. Local parts keep their spelling:
 * only the host that owns an address may say that two of them are the same (RFC 5321 2.4).
 * RFC 5321 4.1.2 and 4.1.3, RFC 6531 3.3, RFC 5890.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

export interface Address {
  /** As given, in quotes only where it has to be. */
  readonly localPart: string;
  readonly domain: string;
}

/** RFC 5321 4.5.3.1.3: a path has at most 256 octets, of which two are its angle brackets. */
const MAX_ADDRESS_BYTES = 254;
/** RFC 1035 2.3.4. */
const MAX_DOMAIN_BYTES = 253;
const MAX_LABEL_BYTES = 63;

/**
 * Letters of an unquoted local part: RFC 5322 atext, dots, and UTF-8 (RFC 6531). Dots may stand anywhere: mailboxes like
 * `a..b@` exist in numbers, against the grammar.
 */
const plainLocalPart = /^[\w!#$%&'*+\-/=?^`{|}~.\u00a0-\uffff]+$/;
const quotedLocalPart = /^"(?:[^"\\]|\\.)*"$/s;
/** Never of use in an address, and of use to forge log lines or what a person reads: controls, invisible, bidi. */
const unsafe = /[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]/;
const asciiDomain = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;
const nonAscii = /[^\x00-\x7f]/;

/** Whether SMTPUTF8 is needed to say this. */
export const isAscii = (text: string): boolean => !nonAscii.test(text);

/** `local@domain`, with the domain in its one form; null when it is no address. */
export function parseAddress(text: string): Address | null {
  const at = text.lastIndexOf('@');
  if (at < 1 || Buffer.byteLength(text) > MAX_ADDRESS_BYTES || unsafe.test(text)) return null;
  const localPart = normaliseLocalPart(text.slice(0, at));
  const domain = normaliseDomain(text.slice(at + 1));
  return localPart === null || domain === null ? null : { localPart, domain };
}

export const formatAddress = (address: Address): string => `${address.localPart}@${address.domain}`;

/** The address with its domain in its one form; null when it is no address. */
export function normaliseAddress(text: string): string | null {
  const address = parseAddress(text);
  return address === null ? null : formatAddress(address);
}

/** Lower case A-labels, or an address literal (`[192.0.2.1]`, `[IPv6:2001:db8::1]`); null when it is no domain. */
export function normaliseDomain(text: string): string | null {
  if (text.startsWith('[')) return normaliseLiteral(text);
  let domain = text.toLowerCase();
  if (nonAscii.test(domain)) domain = domainToASCII(domain);
  if (domain.length > MAX_DOMAIN_BYTES || !asciiDomain.test(domain)) return null;
  if (domain.length > MAX_LABEL_BYTES && domain.split('.').some((label) => label.length > MAX_LABEL_BYTES)) {
    return null;
  }
  return domain;
}

export const isAddressLiteral = (domain: string): boolean => domain.startsWith('[');

function normaliseLocalPart(text: string): string | null {
  if (plainLocalPart.test(text)) return text;
  if (!quotedLocalPart.test(text)) return null;
  const content = text.slice(1, -1).replace(/\\(.)/gs, '$1');
  // RFC 5321 4.1.2: "joe" and joe are the same local part, and the shorter form is the one to send.
  if (plainLocalPart.test(content)) return content;
  return `"${content.replace(/["\\]/g, '\\$&')}"`;
}

function normaliseLiteral(text: string): string | null {
  if (!text.endsWith(']')) return null;
  const content = text.slice(1, -1);
  if (isIPv4(content)) return text;
  if (!/^ipv6:/i.test(content)) return null;
  const address = content.slice(5).toLowerCase();
  return isIPv6(address) && !address.includes('%') ? `[IPv6:${address}]` : null;
}
