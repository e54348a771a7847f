/**
 * The one form in which addresses of ours are stored and compared.
 *
 * RFC 5321 2.4 leaves it to the host whether case matters in a local part; here it does not, nor do the two ways in
 * which Unicode writes an accented letter. Addresses elsewhere keep their spelling.
 */
import { type Address, formatAddress, normaliseAddress, parseAddress } from '../../shared/address.ts';
import { MaildError } from '../errors.ts';

/** Null when it is no address. */
export function localAddress(text: string): Address | null {
  const address = parseAddress(text);
  return address === null ? null : { localPart: fold(address.localPart), domain: address.domain };
}

export const fold = (localPart: string): string => localPart.normalize('NFC').toLowerCase();

/**
 * For addresses that shall exist here.
 * @throws MaildError `params.invalid`.
 */
export function requireLocalAddress(text: string, path: string): Address {
  const address = localAddress(text);
  // A quoted local part is of no use to anybody, and hardly any client can send to it.
  if (address === null || address.localPart.startsWith('"') || address.domain.startsWith('[')) {
    throw new MaildError('params.invalid', `${path}: "${text}" is no mail address`, { details: { path } });
  }
  return address;
}

/**
 * For addresses here or elsewhere: ours in their one form, others as they are spelled.
 * @throws MaildError `params.invalid`.
 */
export function requireTarget(
  text: string,
  path: string,
  isLocalDomain: (domain: string) => boolean,
): string {
  const address = parseAddress(text);
  if (address === null) {
    throw new MaildError('params.invalid', `${path}: "${text}" is no mail address`, { details: { path } });
  }
  if (!isLocalDomain(address.domain)) return normaliseAddress(text) ?? text;
  return formatAddress({ localPart: fold(address.localPart), domain: address.domain });
}
