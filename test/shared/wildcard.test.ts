import { expect, it } from 'vitest';
import { wildcard } from '../../shared/wildcard.ts';

it.each([
  ['*', '', true],
  ['*', 'anything', true],
  ['a*c', 'abbc', true],
  ['a*c', 'ABC', true],
  ['a*c', 'abcd', false],
  ['*.example.net', 'mx.example.net', true],
  ['*.example.net', 'example.net', false],
  ['a**b', 'ab', true],
  ['*a*b*', 'xxaxxbxx', true],
  ['*ab', 'aab', true],
  ['', '', true],
  ['', 'a', false],
  ['a.c', 'abc', false],
])('%j against %j: %s', (pattern, text, expected) => {
  expect(wildcard(pattern)(text)).toBe(expected);
});

it('is quick on patterns that a regular expression would never finish', () => {
  const began = performance.now();
  expect(wildcard(`${'*a'.repeat(30)}b`)('a'.repeat(2_000))).toBe(false);
  expect(performance.now() - began).toBeLessThan(1_000);
});
