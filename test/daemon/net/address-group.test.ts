import { expect, it } from 'vitest';
import { addressGroup, canonicalAddress } from '../../../daemon/net/address-group.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::1', '::/64'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:DB8:0:7:aaaa:bbbb:cccc:dddd', '2001:db8:0:7::/64'],
  ['2001:0db8:0001::', '2001:db8:1::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b::/64'],
])('%s belongs to %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});

it('spells an address in one way', () => {
  expect(canonicalAddress('2001:DB8:0:0::0:1')).toBe('2001:db8::1');
  expect(canonicalAddress('::FFFF:192.0.2.1')).toBe('192.0.2.1');
  expect(canonicalAddress('192.0.2.1')).toBe('192.0.2.1');
});
