import { describe, expect, it } from 'vitest';
import { summariseHeader } from '../../../daemon/intake/header-summary.ts';

const summarise = (text: string, encoding: BufferEncoding = 'utf8') =>
  summariseHeader(Buffer.from(text, encoding), 'mx.example.com');

describe('Subject', () => {
  it.each([
    ['Subject: plain text\r\n\r\n', 'plain text'],
    ['SUBJECT:no space\r\n\r\n', 'no space'],
    ['Subject: folded\r\n\tover\r\n  lines\r\n\r\n', 'folded over lines'],
    ['Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n\r\n', 'Grüße'],
    ['Subject: =?iso-8859-1?Q?Gr=FC=DFe_aus?= Wien\r\n\r\n', 'Grüße aus Wien'],
    ['Subject: =?utf-8?Q?a?= =?utf-8?Q?b?=\r\n\t=?utf-8?Q?c?=\r\n\r\n', 'abc'],
    ['Subject: =?nonsense-8?Q?a?=\r\n\r\n', '=?nonsense-8?Q?a?='],
    ['Subject: =?utf-8?X?a?= =?\r\n\r\n', '=?utf-8?X?a?= =?'],
    ['Subject: Grüße\r\n\r\n', 'Grüße'],
    ['Subject: first\r\nSubject: second\r\n\r\n', 'first'],
    ['X-Subject: no\r\n\r\nSubject: in the body\r\n', null],
    ['\r\nSubject: in the body\r\n', null],
    ['Subject:\r\n\r\n', ''],
    ['', null],
  ])('%j is %j', (header, subject) => {
    expect(summarise(header).subject).toBe(subject);
  });

  it('in undeclared Latin-1 is read as that', () => {
    expect(summarise('Subject: Gr\u00fc\u00dfe\r\n\r\n', 'latin1').subject).toBe('Grüße');
  });

  it('is cut at 200 characters, never in the middle of one', () => {
    expect(summarise(`Subject: ${'x'.repeat(500)}\r\n\r\n`).subject).toHaveLength(200);
    expect(summarise(`Subject: ${'x'.repeat(199)}\u{1f600}y\r\n\r\n`).subject).toBe('x'.repeat(199));
  });
});

describe('Message-ID', () => {
  it('is taken with its brackets', () => {
    expect(summarise('Message-ID: <a.b@c>\r\n\r\n').messageId).toBe('<a.b@c>');
    expect(summarise('Message-Id:\r\n\t<a.b@c>\r\n\r\n').messageId).toBe('<a.b@c>');
    expect(summarise('Message-ID: nothing\r\n\r\n').messageId).toBeNull();
  });
});

describe('hops', () => {
  it('are the Received headers, and ours among them', () => {
    const header = [
      'Received: from a ([192.0.2.1])\r\n\tby MX.example.com with ESMTP id 1;\r\n\tThu, 1 Jan 2026 00:00:00 +0000',
      'received: from b by other.example with SMTP; now',
      'X-Received: by mx.example.com with SMTP',
      'Received: by amx.example.com with SMTP; now',
    ].join('\r\n');
    expect(summarise(`${header}\r\n\r\nReceived: in the body\r\n`)).toMatchObject({ hops: 3, ownHops: 1 });
  });

  it('to whom it was delivered before is known', () => {
    const { deliveredTo } = summarise('Delivered-To: Alice@Example.com\r\nDelivered-To: b@x\r\n\r\n');
    expect(deliveredTo).toEqual(['alice@example.com', 'b@x']);
  });
});

it.each([
  ['100,000 headers', 'X-Header: value\r\n'.repeat(100_000)],
  ['a header of 1 MB', `X: ${'a'.repeat(1_000_000)}\r\n`],
  ['a subject of encoded words', `Subject: ${'=?utf-8?q?a?= '.repeat(100_000)}\r\n`],
  ['50,000 brackets', `To: ${'('.repeat(50_000)}\r\nMessage-ID: ${'<'.repeat(50_000)}\r\n`],
  ['20,000 folds', `Subject: ${'\r\n '.repeat(20_000)}x\r\n`],
])('%s cost next to nothing', (_, header) => {
  const began = performance.now();
  summarise(header);
  expect(performance.now() - began).toBeLessThan(3_000);
});
