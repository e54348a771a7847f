import { describe, expect, it } from 'vitest';
import { isAscii, normaliseAddress, normaliseDomain, parseAddress } from '../../shared/address.ts';

describe('an address', () => {
  it.each([
    ['user@example.com', 'user@example.com'],
    ['User.Name+tag@Example.COM', 'User.Name+tag@example.com'],
    ["o'brien/x=y@example.com", "o'brien/x=y@example.com"],
    ['a..b.@example.com', 'a..b.@example.com'],
    ['"a b"@example.com', '"a b"@example.com'],
    ['"user@remote"@example.com', '"user@remote"@example.com'],
    ['"joe"@example.com', 'joe@example.com'],
    ['"j\\oe"@example.com', 'joe@example.com'],
    ['"a\\"b"@example.com', '"a\\"b"@example.com'],
    ['user@[127.0.0.1]', 'user@[127.0.0.1]'],
    ['user@[IPV6:2001:DB8::1]', 'user@[IPv6:2001:db8::1]'],
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
    ['jürgen@bücher.example', 'jürgen@xn--bcher-kva.example'],
    ['root@localhost', 'root@localhost'],
  ])('%s is %s', (given, normal) => {
    expect(normaliseAddress(given)).toBe(normal);
  });

  it.each([
    '',
    '@',
    'user',
    'user@',
    '@example.com',
    'a@b@example.com',
    'user@example.com.',
    'user@.example.com',
    'user@exa mple.com',
    'user@-example.com',
    'user@example..com',
    'us er@example.com',
    'user@[127.0.0.256]',
    'user@[example.com]',
    'user@[IPv6:fe80::1%eth0]',
    'us\rer@example.com',
    'us\u0000er@example.com',
    'us\u001ber@example.com',
    'us\u202eer@example.com',
    'us\u200ber@example.com',
    'us\ufffder@example.com',
    '"unclosed@example.com',
    '"a"b"@example.com',
    `${'a'.repeat(250)}@example.com`,
    `user@${'a'.repeat(64)}.${'b'.repeat(10)}.example`,
    `user@${'a.'.repeat(130)}example`,
  ])('%j is none', (given) => {
    expect(parseAddress(given)).toBeNull();
  });
});

describe('a domain', () => {
  it('has one spelling', () => {
    expect(normaliseDomain('MAIL.Bücher.EXAMPLE')).toBe('mail.xn--bcher-kva.example');
    expect(normaliseDomain('xn--bcher-kva.example')).toBe('xn--bcher-kva.example');
  });

  it('is refused quickly however it is made', () => {
    const began = performance.now();
    expect(normaliseDomain(`${'a-'.repeat(5_000)}.`)).toBeNull();
    expect(normaliseDomain(`${'a-'.repeat(120)}!`)).toBeNull();
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

it('says when SMTPUTF8 is needed', () => {
  expect(isAscii('user@example.com')).toBe(true);
  expect(isAscii('jürgen@example.com')).toBe(false);
});
