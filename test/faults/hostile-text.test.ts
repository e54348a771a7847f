/**
 * What strangers can put into every field that a terminal shows: escape sequences (OSC 52 sets the clipboard), C1
 * controls, bells, overprinting, right-to-left overrides. Seen by mailctl in a real terminal, and in the log.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { runMailctl } from '../helpers/mailctl.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { inTerminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const hostile = '\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\x08\x08\x7f\x00\t\u202egnp.exe\u200b\ufeff';
/** Fit for a line of SMTP. */
const line = hostile.replaceAll('\x00', '');
const bidi = '\u202eevil\u2066\u200b';
/** An address with any of the above is refused; these pass. */
const invisible = '\u061cevil\u00ad';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

// What may not reach a terminal: C0 but for line ends, DEL, C1, and what reorders or hides.
const unsafe = /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
/** What a program may print of itself. */
const ownColors = /\x1b\[[\d;]*m/g;

/** A queue, sessions and a log full of it. */
async function filled(): Promise<MailSystem> {
  const system = await startMailSystem({
    config: `log.level = "trace"\nlog.stdout = "text"`,
    remote: {
      rcpt: (text) => (text.includes('temporary') ? `451 4.7.1 ${line}\r\n` : `550 5.1.1 ${line}`),
    },
  });
  system.remote.extensions = [...system.remote.extensions, line];
  const letter = { from: ann, body: hostile.replaceAll('\x00', '') };
  const encoded = `=?utf-8?B?${base64(hostile)}?=`;
  await system.send({ ...letter, to: ['temporary@example.net'], subject: encoded });
  await system.send({ ...letter, to: ['final@example.net'], subject: latin1(line).replace('\t', ' ') });
  const address = `"${invisible}"@example.net`;
  await system.send({ from: address, to: [`"temporary ${address.slice(1)}`], mailParameters: 'SMTPUTF8' });
  await until(
    async () => (await system.queue()).every(({ state }) => state === 'deferred'),
    'all of it tried',
  );
  await until(async () => (await system.inbox()).length === 1, 'the report of the failure');
  return system;
}

/** Sessions whose every word is hostile; they stay open. */
async function sessions(system: MailSystem): Promise<void> {
  const { smtp, submission } = system.maild.ports;
  const client = await SmtpTestClient.connect(smtp);
  onTestFinished(() => client.close());
  await client.expect(220);
  await client.say(`EHLO ${bidi}`);
  await client.say(`VRFY ${line}`);
  await client.say(`MAIL FROM:<"${bidi}"@elsewhere.example> SMTPUTF8`, 501);
  await client.say(`MAIL FROM:<"${invisible}"@elsewhere.example> SMTPUTF8`, 250);
  await client.say(`RCPT TO:<"${invisible}"@example.org>`, 550);
  const login = await SmtpTestClient.ready(submission);
  onTestFinished(() => login.close());
  await login.say(`AUTH PLAIN ${base64(`\0${hostile}\r\nfake: line\0password`)}`);
  await login.say(`${line} something`);
}

const commands: readonly (readonly string[])[] = [
  ['queue'],
  ['queue', 'show', '1'],
  ['queue', 'show', '2'],
  ['queue', 'show', '3'],
  ['queue', 'show', '1', '--headers'],
  ['queue', 'show', '1', '--body'],
  ['queue', 'explain', '1'],
  ['queue', 'explain', '3'],
  ['queue', 'summary'],
  ['queue', 'summary', '--by', 'reason'],
  ['queue', 'summary', '--by', 'sender'],
  ['queue', 'hold', '--error', '*evil*', '--dry-run'],
  ['sessions'],
  ['log', '-n', '1000'],
  ['status'],
  ['config', 'show'],
];

describe('hostile text', { timeout: 60_000 }, () => {
  it('reaches no terminal and no log as anything but text', async () => {
    const system = await filled();
    await sessions(system);
    const { socket } = system.maild;
    for (const args of commands) {
      const name = `mailctl ${args.join(' ')}`;
      const [plain, colored, narrow] = await Promise.all([
        inTerminal(socket, args),
        inTerminal(socket, args, { color: true }),
        inTerminal(socket, args, { columns: 60 }),
      ]);
      expect(plain.code, `${name}: ${plain.text}`).toBe(0);
      // Of a message's own lines the tabs stay.
      const text = args.some((arg) => arg.startsWith('--')) ? /\t/g : /$^/g;
      for (const screen of [plain, narrow, colored])
        expect(unsafe.exec(screen.text.replaceAll(ownColors, '').replaceAll(text, ' ')), name).toBeNull();
      expect(plain.text).not.toContain('\x1b');
      // The message itself goes into a pipe byte for byte.
      if (args.includes('--headers') || args.includes('--body')) continue;
      const piped = await runMailctl(socket, args);
      expect(unsafe.exec(piped.stdout.replaceAll('\t', ' ')), `${name} | cat`).toBeNull();
      const json = await runMailctl(socket, [...args, '--json']);
      expect(unsafe.exec(json.stdout), `${name} --json`).toBeNull();
    }
    expect(unsafe.exec(system.maild.logs())).toBeNull();
    expect(system.maild.logs()).not.toMatch(/^fake: line/m);
    // It was all there to be seen, made visible.
    const shown = await system.told('queue', 'show', '1');
    expect(shown).toContain('\\x1b]52;c;ZXZpbA==\\x07\\x1b[2J');
    expect(shown).toContain('\\u202egnp.exe');
  });

  it('of a session that is watched is shown as text too', async () => {
    const system = await startMailSystem();
    const client = await SmtpTestClient.connect(system.maild.ports.smtp);
    await client.expect(220);
    const [session] = (await system.maild.call('sessions.list', {})).sessions;
    let seen = '';
    const watching = inTerminal(system.maild.socket, ['sessions', 'watch', String(session?.id)], {
      onText: (text) => {
        seen = text;
      },
    });
    await until(() => seen.includes('220'), 'the greeting, replayed');
    await client.say(`EHLO ${bidi}`);
    await client.say(`NOOP ${line}`);
    await client.say(`QUIT ${bidi}`);
    const { text } = await watching;
    expect(text).toContain('\\u202eevil');
    expect(unsafe.exec(text)).toBeNull();
  });
});
