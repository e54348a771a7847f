/** Whom our listeners can be reached by, and by which addresses of this machine. */
import { networkInterfaces } from 'node:os';
import type { ListenerStatus } from '../../shared/api/server.ts';
import { isLoopback } from '../net/network.ts';

/** Those that are open. */
export const openListeners = (listeners: readonly ListenerStatus[]): readonly ListenerStatus[] =>
  listeners.filter(({ error }) => error === null);

/** Others than this machine can reach it. */
export const isExposed = ({ address }: Pick<ListenerStatus, 'address'>): boolean => !isLoopback(address);

/** The address by which this machine reaches a listener. */
export function reachableAddress({ address }: Pick<ListenerStatus, 'address'>): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/** Addresses of this machine, link-local ones left out: they cannot be used without their interface. */
export const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address)
    .filter((address) => !/^fe[89ab]/i.test(address));

/** Addresses that nobody on the internet has: RFC 1918, 6598, 3927, 4193, 4291. */
export const isPrivate = (address: string): boolean =>
  /^(10|127)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
    address,
  ) || /^(::1$|f[cd]|fe[89ab])/i.test(address);
