/**
 * One spelling for each address, and one group for all the addresses that one host may take at will.
 *
 * A host with IPv6 owns a /64 and can come from another of its addresses each time (RFC 4291 2.5.1, RFC 8981), so
 * whoever counts or refuses by address counts those as one.
 */
import { isIPv6 } from 'node:net';
import { plainAddress } from './network.ts';

/** `192.0.2.1` for itself; `2001:db8:0:1::/64` for all of that network. */
export function addressGroup(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':')) return plain;
  const [left = '', right = ''] = plain.replace(/%.*$/, '').toLowerCase().split('::');
  const head = groups(left);
  const tail = groups(right);
  const all = plain.includes('::')
    ? [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
    : head;
  return `${canonicalAddress(`${all.slice(0, 4).join(':')}::`)}/64`;
}

/** The address as sockets name it: IPv6 in its canonical form (RFC 5952), IPv4-mapped ones as IPv4. */
export function canonicalAddress(address: string): string {
  const plain = plainAddress(address.toLowerCase());
  if (!isIPv6(plain)) return plain;
  const zone = plain.indexOf('%');
  return new URL(`http://[${zone === -1 ? plain : plain.slice(0, zone)}]/`).hostname.slice(1, -1);
}

/** Hexadecimal groups; an IPv4 address at the end stands for two (RFC 4291 2.2). */
function groups(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
