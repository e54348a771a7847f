/** Which addresses are this host's own: to see mail loops, and where a password may go in the clear. */
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** True for 127/8 and ::1, and their IPv4-mapped forms. */
export function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/**
 * True when a connection to `address` would come back to this host: an interface's address, loopback, or the
 * unspecified address (which systems take for loopback). Reads the interfaces anew: they change while we run.
 */
export function isOwnAddress(address: string): boolean {
  if (isLoopback(address) || address === '0.0.0.0' || address === '::') return true;
  const wanted = comparable(address);
  return Object.values(networkInterfaces()).some((list) =>
    list?.some((entry) => comparable(entry.address) === wanted),
  );
}

/** One spelling for each address: the URL parser writes IPv6 in its canonical form. */
function comparable(address: string): string {
  if (!isIPv6(address)) return address;
  const plain = address.replace(/%.*$/, '');
  return new URL(`http://[${plain}]/`).hostname;
}
