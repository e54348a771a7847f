import { describe, expect, it } from 'vitest';
import type { AddressItem } from '../../../../daemon/mailboxes/structure/message-structure.ts';
import { structureOf } from '../../../../daemon/mailboxes/structure/structure-of.ts';

const envelope = (header: string) =>
  structureOf(Buffer.from(`${header.replace(/\n/g, '\r\n')}\r\n\r\nbody`, 'latin1')).envelope;

/** `name|route|mailbox|host`, with `-` for null. */
const short = (items: readonly AddressItem[]): string[] =>
  items.map(({ name, route, mailbox, host }) => [name, route, mailbox, host].map((x) => x ?? '-').join('|'));
const to = (list: string): string[] => short(envelope(`To: ${list}`).to);

describe('ENVELOPE', () => {
  it('has the fields as they were sent, unfolded, with their encoded words', () => {
    expect(
      envelope(
        'Date: Mon, 1 Jan 2024 00:00:00 +0000\nSubject: =?utf-8?q?a?=\n\tb  c \nMessage-ID:\n <a@b>\nIn-Reply-To: <c@d> <e@f>',
      ),
    ).toMatchObject({
      date: 'Mon, 1 Jan 2024 00:00:00 +0000',
      subject: '=?utf-8?q?a?= b c',
      messageId: ' <a@b>',
      inReplyTo: '<c@d> <e@f>',
    });
  });

  it('sender and reply-to are those of From when they are missing or empty', () => {
    const { from, sender, replyTo } = envelope('From: a@b\nSender:\nReply-To: c@d');
    expect(short(from)).toEqual(['-|-|a|b']);
    expect(sender).toEqual(from);
    expect(short(replyTo)).toEqual(['-|-|c|d']);
  });

  it('addresses of several fields are one list; of others the last counts', () => {
    const { to, subject } = envelope('To: a@b\nSubject: 1\nTo: c@d\nSubject: 2');
    expect(short(to)).toEqual(['-|-|a|b', '-|-|c|d']);
    expect(subject).toBe('2');
  });

  it('a byte stays that byte, a NUL is replaced', () => {
    expect(envelope('Subject: caf\u00e9 \u0000').subject).toBe('caf\u00e9 \u00ef\u00bf\u00bd');
  });

  it('what is not there is not there', () => {
    expect(envelope('X: y')).toEqual({
      date: null,
      subject: null,
      from: [],
      sender: [],
      replyTo: [],
      to: [],
      cc: [],
      bcc: [],
      inReplyTo: null,
      messageId: null,
    });
    expect(envelope('Subject:').subject).toBe('');
  });
});

describe('addresses', () => {
  it.each([
    ['a@b.example', ['-|-|a|b.example']],
    ['Joe Q. Public <joe@x>', ['Joe Q. Public|-|joe|x']],
    ['"Public, \\"Joe\\"" <joe@x>', ['Public, "Joe"|-|joe|x']],
    ['joe@x (Joe (the) Public)', ['Joe (the) Public|-|joe|x']],
    ['"joe q"@x', ['-|-|joe q|x']],
    ['joe@[192.0.2.1]', ['-|-|joe|[192.0.2.1]']],
    ['<@a,@b:joe@x>', ['-|@a,@b|joe|x']],
    ['joe . q @ x . example', ['-|-|joe.q|x.example']],
    ['a..b@x, .a.@x', ['-|-|a..b|x', '-|-|.a.|x']],
    ['=?utf-8?q?J=C3=B6?= <j@x>', ['=?utf-8?q?J=C3=B6?=|-|j|x']],
    ['caf\u00e9 <j@x>', ['caf\u00e9|-|j|x']],
    ['Friends: a@b, Joe <c@d>;, e@f', ['-|-|Friends|-', '-|-|a|b', 'Joe|-|c|d', '-|-|-|-', '-|-|e|f']],
    ['undisclosed-recipients:;', ['-|-|undisclosed-recipients|-', '-|-|-|-']],
    ['joe', ['-|-|joe|MISSING_DOMAIN']],
    ['<>', ['-|-|MISSING_MAILBOX|MISSING_DOMAIN']],
    ['a@b,, c@d', ['-|-|a|b', '-|-|MISSING_MAILBOX|MISSING_DOMAIN', '-|-|c|d']],
    ['a@b c@d', ['-|-|a|b']],
    ['Joe <a@b', ['Joe|-|a|SYNTAX_ERROR']],
    ['"not closed <a@b>', ['-|-|MISSING_MAILBOX|MISSING_DOMAIN']],
    ['a@b,', ['-|-|a|b']],
    ['Joe <a@b, c@d', ['Joe|-|a|SYNTAX_ERROR', '-|-|c|d']],
    ['"a, "b', ['a, b|-|MISSING_MAILBOX|MISSING_DOMAIN']],
    ['"a" b "c', ['a b|-|MISSING_MAILBOX|MISSING_DOMAIN']],
    ['  ', []],
  ])('%s', (list, expected) => {
    expect(to(list)).toEqual(expected);
  });
});
