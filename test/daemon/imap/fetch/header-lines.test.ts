/** Headers as bytes: where they end, and some of their fields. */
import { describe, expect, it } from 'vitest';
import { fieldsOf, headerEndIn } from '../../../../daemon/imap/fetch/header-lines.ts';
import { structureOf } from '../../../../daemon/mailboxes/structure/structure-of.ts';
import { oddMail } from '../../../helpers/odd-mail.ts';
import { Random } from '../../../helpers/random.ts';

describe('the end of a header', () => {
  it('is where the structure of the message has it, whatever the message', () => {
    const random = new Random();
    for (const mail of oddMail(300)) {
      const at = random.below(mail.length + 1);
      const bent = [
        mail,
        mail.replaceAll('\r\n', '\n'),
        `${mail.slice(0, at)}\n\r${mail.slice(at)}`,
        mail.slice(0, at),
      ];
      for (const text of bent) {
        const bytes = Buffer.from(text, 'latin1');
        expect(headerEndIn(bytes) ?? bytes.length).toBe(structureOf(bytes).root.bodyStart);
      }
    }
  });

  it('is found across pieces', () => {
    expect(headerEndIn(Buffer.from('\r\nx'), false)).toBeNull();
    expect(headerEndIn(Buffer.from('\n\r\nx'), false)).toBe(3);
  });
});

describe('fields', () => {
  const header = Buffer.from('A: 1\r\nB : 2\r\n more\r\nno field\r\na: 3\r\n\r\n');
  const some = (names: readonly string[], others = false): string =>
    fieldsOf(header, names, others).toString();

  it('are told apart by name, with all of their lines', () => {
    expect(some(['a'])).toBe('A: 1\r\na: 3\r\n\r\n');
    expect(some(['b', 'c'])).toBe('B : 2\r\n more\r\n\r\n');
    expect(some(['A', 'B'], true)).toBe('no field\r\n\r\n');
    expect(some(['none'])).toBe('\r\n');
  });
});
