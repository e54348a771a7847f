/** DNS answers as checks use them: there is a record, there is none, or it could not be found out. */
import { DnsError } from '../net/resolver.ts';

/** What the checks ask of the resolver. */
export interface CheckDns {
  mx(domain: string): Promise<readonly { readonly exchange: string; readonly preference: number }[]>;
  ipv4(host: string): Promise<readonly string[]>;
  ipv6(host: string): Promise<readonly string[]>;
  txt(name: string): Promise<readonly (readonly string[])[]>;
  ptr(name: string): Promise<readonly string[]>;
}

/** Empty when there is no such name or record. Throws a temporary DnsError when nobody could be asked. */
export async function records<T>(query: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await query;
  } catch (error) {
    if (error instanceof DnsError && !error.temporary) return [];
    throw error;
  }
}

/** All addresses of a host, of both families. */
export async function addressesOf(dns: CheckDns, host: string): Promise<readonly string[]> {
  const [v4, v6] = await Promise.all([records(dns.ipv4(host)), records(dns.ipv6(host))]);
  return [...v4, ...v6];
}

/** TXT records that begin with `begin`, each put together. */
export async function textRecords(dns: CheckDns, name: string, begin: RegExp): Promise<readonly string[]> {
  const found = await records(dns.txt(name));
  return found.map((strings) => strings.join('')).filter((text) => begin.test(text));
}

/** `192.0.2.7` as `7.2.0.192.in-addr.arpa`; RFC 1035 3.5, RFC 3596 2.5. */
export function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const [left = '', right = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [head, tail] = [groups(left), groups(right)];
  const middle = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  const digits = [...head, ...middle, ...tail].map((group) => group.padStart(4, '0')).join('');
  return `${digits.split('').reverse().join('.')}.ip6.arpa`;
}
