import { describe, expect, it } from 'vitest';
import { foldText } from '../../../../daemon/mailboxes/search/fold-text.ts';
import { searchTextsOf } from '../../../../daemon/mailboxes/search/search-texts.ts';
import { sentDayOf } from '../../../../daemon/mailboxes/search/sent-day.ts';
import { HeaderFields } from '../../../../daemon/mailboxes/structure/header-fields.ts';

describe('the day that a Date field names', () => {
  it.each([
    ['Fri, 8 Mar 2024 23:30:00 -0800', '2024-03-08'],
    ['8 Mar 2024 23:30 GMT', '2024-03-08'],
    ['Fri,08  mar  2024 01:02:03 +0000 (comment)', '2024-03-08'],
    ['(c) Fri, 8 (d) March 24 01:02', '2024-03-08'],
    ['8-Mar-1999 01:02', '1999-03-08'],
    ['8 Mar 70 01:02', '1970-03-08'],
    ['8 Mar 103 01:02', '2003-03-08'],
    ['29 Feb 2024', '2024-02-29'],
    ['29 Feb 2023', null],
    ['0 Mar 2024', null],
    ['8 Foo 2024', null],
    ['2024-03-08T01:02:03Z', null],
    ['garbage', null],
    ['', null],
  ])('%s', (field, day) => {
    expect(sentDayOf(field)).toBe(day);
  });
});

describe('folded text', () => {
  it.each([
    ['HELLO', 'hello'],
    ['Müller', 'MU\u0308LLER'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['ﬁne', 'FINE'],
    ['ＷＩＤＥ', 'wide'],
    ['Привет', 'ПРИВЕТ'],
  ])('%s is %s', (one, other) => {
    expect(foldText(one)).toBe(foldText(other));
  });

  it('is in the folded whole when it was in the whole, in any case', () => {
    expect(foldText('Die Straße der Müller')).toContain(foldText('STRAß'));
    expect(foldText('Müller')).toContain(foldText('mu'));
  });
});

describe('what SEARCH looks into', () => {
  const texts = (header: string) => {
    const fields = new HeaderFields({ bytes: 1_000_000, addresses: 1_000 });
    for (const line of Buffer.from(header).toString('latin1').split('\n')) fields.addLine(line);
    fields.end();
    return searchTextsOf(fields);
  };

  it('is decoded, folded, and one text for several fields', () => {
    expect(texts('Subject: =?utf-8?q?Caf=C3=A9?=\n  two\nSubject: Three')).toMatchObject({
      subject: `${foldText('café')} two\nthree`,
      from: null,
    });
    expect(texts('Subject: Ünencoded').subject).toBe(foldText('ünencoded'));
  });

  it('addresses are written one way, whatever way they came', () => {
    expect(texts('To: a@B, Joe <c@d>, "J, Q"\n <e@f>, g@h (I J), k: l@m;, <@r:n@o>').to).toBe(
      '<a@b>, joe <c@d>, "j, q" <e@f>, "i j" <g@h>, k: <l@m>;, <@r:n@o>',
    );
    expect(texts('To: undisclosed-recipients:;').to).toBe('undisclosed-recipients:;');
    expect(texts('Cc:').cc).toBe('');
  });

  it('is cut where it would be too much to keep', () => {
    const long = texts(`Subject: ${'x'.repeat(500_000)}\nTo: ${'a@b, '.repeat(100_000)}`);
    expect(long.subject?.length).toBe(128 * 1024);
    expect(long.to?.length).toBeLessThanOrEqual(128 * 1024);
  });
});
