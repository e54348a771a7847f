import { describe, expect, it } from 'vitest';
import { SaslExchange } from '../../../daemon/listeners/sasl.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const begin = (mechanism: string, initial: string | null) => {
  const exchange = SaslExchange.for(mechanism);
  if (exchange === null) throw new Error(`no ${mechanism}`);
  return { exchange, step: exchange.begin(initial) };
};
const alice = { kind: 'credentials', user: 'alice', password: 'a b' };
const malformed = { kind: 'failed', reason: 'malformed' };

describe('PLAIN', () => {
  it('takes all with the command', () => {
    expect(begin('plain', base64('\0alice\0a b')).step).toEqual(alice);
  });

  it('asks with an empty challenge', () => {
    const { exchange, step } = begin('PLAIN', null);
    expect(step).toEqual({ kind: 'challenge', challenge: '' });
    expect(exchange.answer(base64('\0alice\0a b'))).toEqual(alice);
  });

  it('lets one act for oneself, and for nobody else', () => {
    expect(begin('PLAIN', base64('Alice\0alice\0a b')).step).toEqual(alice);
    expect(begin('PLAIN', base64('bob\0alice\0a b')).step).toEqual({ kind: 'failed', reason: 'not_allowed' });
  });

  it.each([
    ['=', 'empty'],
    ['%%%%', 'no base64'],
    [`${base64('\0alice\0b')}\r`, 'with a CR'],
    ['AGFsaWNlAGI', 'cut off'],
    [base64('alice\0b'), 'with two parts'],
    [base64('\0alice\0b\0c'), 'with four parts'],
    [base64('\0\0b'), 'without a name'],
    [base64('\0alice\0'), 'without a password'],
    [Buffer.from([0, 0xff, 0xfe, 0, 0x61]).toString('base64'), 'not in UTF-8'],
    [base64(`\0alice\0${'x'.repeat(2_000)}`), 'with a password of 2,000 characters'],
    ['A'.repeat(1_000_000), 'of a megabyte'],
  ])('refuses %#: %s', (initial) => {
    expect(begin('PLAIN', initial).step).toEqual(malformed);
  });

  it('can be cancelled', () => {
    expect(begin('PLAIN', null).exchange.answer('*')).toEqual({ kind: 'failed', reason: 'cancelled' });
  });
});

describe('LOGIN', () => {
  it('asks for the name and the password', () => {
    const { exchange, step } = begin('LOGIN', null);
    expect(step).toEqual({ kind: 'challenge', challenge: base64('Username:') });
    expect(exchange.answer(base64('alice'))).toEqual({ kind: 'challenge', challenge: base64('Password:') });
    expect(exchange.answer(base64('a b'))).toEqual(alice);
  });

  it('takes the name with the command', () => {
    const { exchange, step } = begin('LOGIN', base64('alice'));
    expect(step).toEqual({ kind: 'challenge', challenge: base64('Password:') });
    expect(exchange.answer(base64('a b'))).toEqual(alice);
  });

  it('refuses a NUL', () => {
    expect(begin('LOGIN', base64('a\0b')).step).toEqual(malformed);
  });
});

it('knows no other mechanism', () => {
  expect(SaslExchange.for('CRAM-MD5')).toBeNull();
});
