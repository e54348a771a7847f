import { expect, it } from 'vitest';
import { reasonOf } from '../../../daemon/queue/reason.ts';

it.each([
  ['451 4.7.1 <ann@example.net>: greylisted, 287 s (q7Kd2X)', '451 4.7.1 address: greylisted, # s (id)'],
  ['550-5.1.1 no such user x1234@y.test [192.0.2.1]', '550-5.1.1 no such user address ip'],
  ['127.0.0.1 closed the connection', 'ip closed the connection'],
  ['Connection to 127.0.0.1:2599 refused', 'Connection to ip refused'],
  ['Connection to [::1]:25 refused', 'Connection to ip refused'],
  ['connect 2001:db8::1 timed out at 12:34:56', 'connect ip timed out at #'],
  ['421', '421'],
])('what is the same in replies like %s', (reply, reason) => expect(reasonOf(reply)).toBe(reason));
