/** Whatever a stranger wrote, in whatever field: no control byte of his reaches the terminal, and rows keep their width. */
import { describe, expect, it } from 'vitest';
import { measureFor } from '../../../shared/terminal-text.ts';
import {
  ago,
  sampleDetail,
  sampleEntry,
  sampleMessage,
  sampleSession,
  sampleStatus,
} from '../../helpers/api-samples.ts';
import { openMailctl } from '../../helpers/pty.ts';
import { until } from '../../helpers/until.ts';
import { ScriptedDaemon } from './scripted-daemon.ts';

const hostile = [
  '\x1b]52;c;ZXZpbA==\x07',
  '\x1b]0;title\x07',
  '\x1b[2J\x1b[H',
  '\x1b[31mred\x1b[0m',
  '\x1b[?1049l',
  '\x1bPq#0\x1b\\',
  '\x1b_apc\x1b\\',
  '\x1b]8;;http://evil.test\x1b\\link\x1b]8;;\x1b\\',
  '\x9b31m',
  '\x9d0;t\x9c',
  '\x90q\x9c',
  'bell\x07',
  'back\b\b\b\bspace',
  'carriage\rreturn',
  'line\nfeed',
  'line\r\nboth',
  'tab\ttab',
  'vertical\x0btab',
  'form\x0cfeed',
  'shift\x0eout\x0fin',
  'nul\0nul',
  'delete\x7f',
  'enq\x05',
  'right\u202eleft',
  'embed\u202atext\u202c',
  'isolate\u2066text\u2069',
  'mark\u200ftext',
  'zero\u200bwidth',
  'joiner\u200dtext',
  'bom\ufeffbom',
  'soft\u00adhyphen',
  'separator\u2028line',
  'tag\u{e0041}\u{e0042}',
  'lone\ud83d',
  'lone\udc00',
  'hangul\u3164filler',
  '來週の會議について',
  'e\u0301'.repeat(20),
  '👩‍👩‍👧‍👦 🏳️‍🌈 ❤️',
  'x'.repeat(10_000),
  '\x1b'.repeat(50),
];
/** The daemon keeps replies, commands and the like to some hundred characters. */
const all = hostile.map((text) => text.slice(0, 200)).join(' ');

const measure = await measureFor(['ä']);

/** What the program itself writes: colours, places, erasing, modes. */
const own = /\x1b\[(?:[0-9;]*m|\d+;1H|K|2J|\?(?:1049|25|7|2004|2026)[hl])/g;
/** C0 (but not what the line discipline of a terminal adds), C1, bidirectional and invisible characters. */
const control =
  /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u00ad\ufeff\u3164]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/u;

/** The values in turns, each with a few of the strings, so that short columns meet them all. */
const some = (n: number): string => hostile[n % hostile.length] ?? '';

async function start(text: (n: number) => string) {
  const messages = hostile.map((_, n) =>
    sampleMessage({
      id: n + 1,
      from: text(n),
      to: [text(n + 1)],
      subject: text(n + 2),
      lastReply: text(n + 3),
      messageId: text(n + 4),
    }),
  );
  return ScriptedDaemon.start(
    {
      status: sampleStatus({
        service: { ...sampleStatus().service, name: text(2), configFile: text(3) },
        listeners: [{ protocol: text(5), address: text(6), port: 25, tls: 'none', error: text(7) }],
        warnings: {
          errors: 1,
          warnings: 0,
          notices: 0,
          list: hostile.map((_, n) => ({
            code: text(n),
            severity: 'error' as const,
            subject: text(n),
            evidence: text(n + 1),
            remedy: text(n + 2),
            since: ago(1),
          })),
        },
        activity: hostile.map((_, n) => sampleEntry({ seq: n + 1, message: text(n), reply: text(n + 1) })),
      }),
      sessions: hostile.map((_, n) =>
        sampleSession({
          id: n + 1,
          user: text(n),
          remoteAddress: text(n + 1),
          tls: text(n + 2),
          state: text(n + 3),
          detail: text(n + 4),
        }),
      ),
      session: {
        session: sampleSession({ user: text(1), detail: text(2) }),
        exchanges: hostile.map((_, n) => ({ at: ago(1), direction: 'in' as const, text: text(n) })),
        dropped: 0,
      },
      log: hostile.map((_, n) =>
        sampleEntry({ seq: n + 1, message: text(n), reply: text(n + 1), [text(n)]: 1 }),
      ),
    },
    {
      'queue.list': { messages, next: null },
      'queue.show': ({ id }) =>
        sampleDetail({
          id,
          subject: text(1),
          heldReason: text(2),
          recipients: sampleDetail().recipients.map((recipient) => ({
            ...recipient,
            address: text(3),
            attempts: recipient.attempts.map((attempt) => ({ ...attempt, reply: text(4), host: text(5) })),
          })),
        }),
      'queue.explain': ({ id }) => ({
        id,
        state: 'deferred',
        reasons: [{ code: text(1), text: text(2), remedy: text(3) }],
        nextAttemptAt: null,
        expiresAt: ago(1),
        destinations: [{ domain: text(4), via: text(5), pending: 1 }],
      }),
      'queue.content': {
        data: Buffer.from(
          `Subject: ${text(1)}\r\nFrom: =?utf-8?b?${Buffer.from(text(0)).toString('base64')}?=\r\n\r\n${text(2)}\r\n`,
        ).toString('base64'),
        offset: 0,
        sizeBytes: 60_000,
      },
      'queue.hold': () => {
        throw new Error(text(0));
      },
    },
  );
}

describe('hostile text', () => {
  it.each([
    ['one string a field', some],
    ['all strings in every field', () => all],
  ])('reaches the terminal on no screen as a control: %s', async (_name, text) => {
    const daemon = await start(text);
    const tui = openMailctl(['tui'], { columns: 160, rows: 50, env: { MAILD_SOCKET: daemon.socket } });
    await tui.sees('Processed');
    const steps: readonly (readonly [keys: string, sees: string | RegExp])[] = [
      ['2', 'REMOTE'],
      ['\r', 'waiting|s +$|>|<'],
      ['\x1b[6~', 'REMOTE'],
      ['3', 'LAST REPLY'],
      ['h', 'error'],
      ['\r', 'Came from'],
      ['\x1b[C', 'Subject'],
      ['\x1b[C', 'The first'],
      ['\x1b[C', 'The first'],
      ['e', 'Given up at'],
      ['5', /[1-9]\d* lines +following/],
      ['k', 'PAUSED'],
      ['\r', 'Line 4'],
      ['6', 'what helps'],
      ['\x1b[B', 'what helps'],
      [':queue list\r', 'done'],
    ];
    for (const [keys, sees] of steps) {
      tui.press(keys);
      await tui.sees(typeof sees === 'string' && sees.includes('|') ? new RegExp(sees, 'm') : sees);
    }
    const strange = tui.raw.replace(own, '').match(control);
    expect(strange?.[0] ?? null).toBeNull();
  });

  it('keeps rows at their width with wide characters', async () => {
    const daemon = await start(() => '來週の會議について');
    const tui = openMailctl(['tui'], { columns: 80, rows: 24, env: { MAILD_SOCKET: daemon.socket } });
    await tui.sees('Processed');
    tui.press('3');
    // Each wide character takes two columns: 'deferred' stands at one place in all rows, and so does what is cut.
    const rows = (): string[] => tui.text.split('\n').slice(5, 20);
    await until(() => rows().every((row) => row.indexOf('deferred') === 7 && row.includes('…')), 'even rows');
    const ends = rows().map((row) => measure(row.trimEnd()));
    expect(new Set(ends).size).toBe(1);
  });
});
