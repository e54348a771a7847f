import { expect, test } from 'vitest';
import { isLoopback, isOwnAddress } from '../../../daemon/net/own-addresses.ts';

test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
  '%s is loopback',
  (address) => {
    expect(isLoopback(address)).toBe(true);
    expect(isOwnAddress(address)).toBe(true);
  },
);
test.each(['128.0.0.1', '192.0.2.1', '2001:db8::1', 'localhost', '127.evil.test'])('%s is not', (address) => {
  expect(isLoopback(address)).toBe(false);
});
test('the unspecified addresses come back to this host, a documentation address does not', () => {
  expect([isOwnAddress('0.0.0.0'), isOwnAddress('::'), isOwnAddress('192.0.2.1')]).toEqual([
    true,
    true,
    false,
  ]);
});
