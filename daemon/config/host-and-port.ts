/**
 * Values that name something to connect to: the next hop of a route, a DNS server, a scanner.
 */
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import type { NextHop, ScannerAddress } from './config.ts';
import { hostName, ValueFault, type ValueType } from './value-type.ts';

const masked = '********';
const schemes = {
  'smtp:': { port: 25, tls: 'opportunistic' },
  'smtps:': { port: 465, tls: 'implicit' },
} as const;

/** `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the start. */
export const nextHop: ValueType<NextHop> = {
  name: 'URL of a mail server',
  unit: null,
  parse(raw) {
    const url = typeof raw === 'string' && URL.canParse(raw) ? new URL(raw) : undefined;
    const scheme = Object.entries(schemes).find(([name]) => name === url?.protocol)?.[1];
    if (url === undefined || scheme === undefined || url.hostname === '') {
      throw new ValueFault('must be smtp://host:port or smtps://host:port, with user:password@ if need be');
    }
    // The text of the URL stays out of every message: it may hold a password.
    if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
      throw new ValueFault('must end after the port');
    }
    if (url.port === '0') throw new ValueFault('must have a port from 1 to 65535');
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const hop = {
      host: isIP(host) === 0 ? hostName.parse(host) : host,
      port: Number(url.port || scheme.port),
    };
    const user = decode(url.username);
    if (user === '') return { ...hop, tls: scheme.tls };
    // A password must not cross a network in the clear, so STARTTLS is asked for and not merely taken if offered.
    const tls = scheme.tls === 'implicit' || isLoopback(host) ? scheme.tls : 'required';
    return { ...hop, tls, user, password: decode(url.password) };
  },
  mask: (raw) => (typeof raw === 'string' ? maskPassword(raw) : raw),
};

/** The password of a URL made invisible; text that is no URL loses all of what could be one. */
export const maskPassword = (url: string): string =>
  url.replace(/^([a-z]+:\/\/[^:@/]*):.*@/i, `$1:${masked}@`);

export const hasPassword = (hop: NextHop | undefined): boolean => (hop?.password ?? '') !== '';

/** `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`, as `dns.setServers` takes it. */
export const dnsServer: ValueType<string> = {
  name: 'address of a DNS server',
  unit: null,
  parse(raw) {
    const text = typeof raw === 'string' ? raw : '';
    const [, bracketed, plain = text, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
    if (isIP(bracketed ?? plain) === 0 || (port !== undefined && !isPort(Number(port)))) {
      throw new ValueFault('must be an IP address with or without a port, such as "192.0.2.53:53"');
    }
    return text;
  },
};

/** `unix:/path` or `host:port`. */
export const scannerAddress: ValueType<ScannerAddress> = {
  name: 'unix:PATH or HOST:PORT',
  unit: null,
  parse(raw) {
    const text = typeof raw === 'string' ? raw : '';
    if (text.startsWith('unix:') && isAbsolute(text.slice(5))) return { path: text.slice(5) };
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined || !isPort(Number(port))) {
      throw new ValueFault('must be "unix:/path" or "host:port", such as "127.0.0.1:783"');
    }
    return { host: isIP(host) === 0 ? hostName.parse(host) : host, port: Number(port) };
  },
};

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ValueFault('has a bad % escape in its user or password');
  }
}
