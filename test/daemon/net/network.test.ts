import { describe, expect, it } from 'vitest';
import { isLoopback, NetworkSet, parseNetwork, plainAddress } from '../../../daemon/net/network.ts';

describe('a network', () => {
  it.each([
    ['192.0.2.0/24', { address: '192.0.2.0', prefix: 24, family: 'ipv4' }],
    ['192.0.2.1', { address: '192.0.2.1', prefix: 32, family: 'ipv4' }],
    ['2001:db8::/32', { address: '2001:db8::', prefix: 32, family: 'ipv6' }],
    ['::1', { address: '::1', prefix: 128, family: 'ipv6' }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0, family: 'ipv4' }],
  ])('%s is read', (text, network) => {
    expect(parseNetwork(text)).toEqual(network);
  });

  it.each([
    '',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2/24',
    '::1/129',
    'fe80::1%lo',
    'x/8',
    '1.2.3.4/8/9',
  ])('%j is none', (text) => {
    expect(parseNetwork(text)).toBeNull();
  });
});

describe('a set of networks', () => {
  const set = new NetworkSet(['127.0.0.0/8', '10.1.0.0/16', '2001:db8::/32', '192.0.2.7', 'nonsense']);

  it.each(['127.0.0.1', '127.255.255.255', '10.1.2.3', '2001:db8:1::5', '192.0.2.7', '::ffff:10.1.9.9'])(
    'has %s',
    (address) => {
      expect(set.has(address)).toBe(true);
    },
  );

  it.each(['128.0.0.1', '10.2.0.1', '2001:db9::1', '192.0.2.8', '::1', '', 'nonsense', '::ffff:10.2.9.9'])(
    'does not have %j',
    (address) => {
      expect(set.has(address)).toBe(false);
    },
  );
});

it('names an IPv4 client of an IPv6 socket by its own address', () => {
  expect(plainAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(plainAddress('2001:db8::1')).toBe('2001:db8::1');
  expect(isLoopback('127.0.0.5')).toBe(true);
  expect(isLoopback('::1')).toBe(true);
  expect(isLoopback('128.0.0.1')).toBe(false);
});
