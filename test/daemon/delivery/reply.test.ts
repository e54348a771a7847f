import { expect, test } from 'vitest';
import { MAX_REPLY_CHARS, parseReply } from '../../../daemon/delivery/reply.ts';

test.each([
  ['250 2.0.0 taken', 250, '2.0.0', '250 2.0.0 taken'],
  ['550-5.1.1 no\r\n550-5.1.1 such\n550 5.1.1 user', 550, '5.1.1', '550 5.1.1 no such user'],
  ['550-no\n550 user', 550, null, '550 no user'],
  ['451', 451, null, '451'],
  ['250 2.0.0', 250, '2.0.0', '250 2.0.0'],
  ['250 2.0.0x', 250, null, '250 2.0.0x'],
  ['5500 strange', null, null, '5500 strange'],
  ['hello', null, null, 'hello'],
  ['', null, null, ''],
])('%j', (raw, code, enhancedCode, text) => {
  expect(parseReply(raw)).toEqual({ code, enhancedCode, text });
});

test('a long reply is cut', () => {
  expect(parseReply(`550 ${'x'.repeat(100_000)}`).text).toHaveLength(MAX_REPLY_CHARS);
});
