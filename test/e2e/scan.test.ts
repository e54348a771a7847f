/** What scanners find is dealt with in the session that brings it, and an operator can see and undo what was done. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { clamdHasAll, fakeScanner } from '../helpers/fake-scanner.ts';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import {
  clamd,
  eicar,
  gtube,
  type ScannerProgram,
  spamd,
  startClamd,
  startSpamd,
} from '../helpers/scanner-programs.ts';
import { until } from '../helpers/until.ts';

const statusOf = async (system: MailSystem) => JSON.parse(await system.told('status', '--json'));
const to = [ann];

describe.skipIf(clamd === null)(`with ClamAV at ${clamd ?? 'clamd (not installed)'}`, () => {
  let scanner: ScannerProgram;
  beforeAll(async () => {
    scanner = await startClamd();
  }, 60_000);
  afterAll(() => scanner.dispose());
  const config = (more = '') => `[scan.clamd]\naddress = "unix:${scanner.socket}"\n${more}`;

  it('a virus is refused in its session and counted, and what is clean says so', async () => {
    const system = await startMailSystem({ config: config() });
    expect(await system.attempt({ to, body: eicar })).toMatchObject({
      code: 550,
      text: expect.stringMatching(/^550 5\.7\.1 /),
    });
    await system.send({ to, body: 'hello' });
    const inbox = await system.inbox();
    expect(inbox).toHaveLength(1);
    expect(inbox[0]?.content).toMatch(
      /^X-Virus-Scanned: clamd at maild\.test\r\nX-Virus-Status: Clean\r\nReceived: /,
    );
    const status = await statusOf(system);
    expect(status.counters).toMatchObject({ virusesDetected: 1, rejectedMessages: 1, processedMessages: 1 });
    expect(status.scanners).toMatchObject([
      { name: 'clamd', state: 'ok', version: expect.stringMatching(/^ClamAV/) },
    ]);
    const log = jsonLines(await system.told('log', '--json', '--category', 'scan', '-n', '50'));
    expect(log).toContainEqual(
      expect.objectContaining({
        message: 'message checked',
        action: 'reject',
        clamd: expect.stringMatching(/^virus /),
      }),
    );
    expect(await system.told('status')).toMatch(/Scanners +clamd ok/);
  });

  it('a virus is kept in the quarantine, shown, released and removed', async () => {
    const system = await startMailSystem({ config: config('action = "quarantine"\n') });
    const [first, second] = [await system.send({ to, body: eicar }), await system.send({ to, body: eicar })];
    expect(await system.inbox()).toHaveLength(0);
    const listed = jsonLines(await system.told('quarantine', '--json'));
    expect(listed.map(({ id, kind, scanner: by }) => [id, kind, by])).toEqual([
      [second, 'virus', 'clamd'],
      [first, 'virus', 'clamd'],
    ]);
    expect(await system.told('quarantine', 'show', String(first))).toMatch(
      /Found +virus \(clamd\): MaildTest\.EICAR/,
    );
    expect(await system.told('quarantine', 'show', String(first), '--raw')).toContain(eicar);
    expect(await system.told('quarantine', 'release', String(first))).toBe('Released 1 message.\n');
    expect((await system.inbox())[0]?.content).toContain('X-Virus-Status: Infected (MaildTest.EICAR');
    expect((await system.mailctl('quarantine', 'remove', '--all')).code).toBe(64);
    expect(await system.told('quarantine', 'remove', '--all', '--yes')).toBe('Removed 1 message.\n');
    expect((await system.mailctl('quarantine', 'release', String(second))).code).toBe(1);
    expect((await statusOf(system)).counters).toMatchObject({ virusesDetected: 2, processedMessages: 2 });
  });

  it('a virus is thrown away, or only marked, when that is wanted; a sender cannot say that it was scanned', async () => {
    const system = await startMailSystem({ config: config('action = "drop"\n') });
    await system.send({ to, body: eicar });
    expect(await system.inbox()).toHaveLength(0);
    expect(jsonLines(await system.told('quarantine', '--json'))).toEqual([]);
    await system.maild.stop();

    const marking = await startMailSystem({ config: config('action = "mark"\n') });
    const client = await marking.client();
    await client.envelope('sender@elsewhere.example', to);
    await client.message(`X-Virus-Status: Clean\r\nX-Spam-Status: No\r\nSubject: x\r\n\r\n${eicar}`);
    client.close();
    const [entry] = await marking.inbox();
    expect(entry?.content).toContain('X-Virus-Status: Infected (MaildTest.EICAR');
    expect(entry?.content).not.toContain('X-Virus-Status: Clean');
    expect(entry?.content).toContain('X-Spam-Status: No\r\n');
  });

  it('mail is told to come back while clamd is away, and passes when it is there again', async () => {
    const own = await startClamd();
    onTestFinished(() => own.dispose());
    const system = await startMailSystem({ config: `[scan.clamd]\naddress = "unix:${own.socket}"\n` });
    await own.stop();
    expect(await system.attempt({ to })).toMatchObject({ code: 451, text: expect.stringContaining('4.7.1') });
    const status = await statusOf(system);
    expect(status.scanners).toMatchObject([{ name: 'clamd', state: 'unavailable' }]);
    expect(status.warnings.list).toContainEqual(
      expect.objectContaining({ code: 'scanner.unavailable', severity: 'error', subject: 'clamd' }),
    );
    await own.start();
    await system.send({ to });
    expect((await statusOf(system)).scanners).toMatchObject([{ state: 'ok' }]);
  });

  it('a message that is too large to be searched passes with a mark, as does one behind a scanner that may be away', async () => {
    const system = await startMailSystem({
      config: `max_message_size = "200M"\n${config('max_size = "1M"\n')}[scan.spamd]\naddress = "unix:/nonexistent/spamd"\n`,
    });
    const line = `${randomBytes(36).toString('base64')}\r\n`;
    const client = await system.client();
    await client.envelope('sender@elsewhere.example', to);
    expect(await client.message(`Subject: large\r\n\r\n${line.repeat(2_000_000)}`)).toMatchObject({
      code: 250,
    });
    client.close();
    const [entry] = await system.inbox();
    expect(entry?.content.slice(0, 500)).toContain('X-Virus-Status: Not scanned (message too large)');
    expect(entry?.content.slice(0, 500)).toContain('X-Spam-Status: Unknown, not scanned (message too large)');
    await system.send({ to });
    const [, small] = await system.inbox();
    expect(small?.content).toContain('X-Virus-Status: Clean');
    expect(small?.content).toContain('X-Spam-Status: Unknown, not scanned (scanner unavailable)');
  }, 120_000);

  it('a change of the configuration is in force at once', async () => {
    const system = await startMailSystem();
    await system.send({ to, body: eicar });
    system.maild.configure(`domains = ["example.org"]\n${config()}`);
    await system.told('server', 'reload');
    await system.maild.refreshPorts();
    expect(await system.attempt({ to, body: eicar })).toMatchObject({ code: 550 });
  });
});

describe.skipIf(spamd === null)(`with SpamAssassin at ${spamd ?? 'spamd (not installed)'}`, () => {
  let scanner: ScannerProgram;
  beforeAll(async () => {
    scanner = await startSpamd();
  }, 90_000);
  afterAll(() => scanner.dispose());
  const config = (more = '') => `[scan.spamd]\naddress = "unix:${scanner.socket}"\n${more}`;

  it('spam is marked, put into Junk and counted, and a sender cannot say that it is none', async () => {
    const system = await startMailSystem({ config: config() });
    const client = await system.client();
    await client.envelope('sender@elsewhere.example', to);
    await client.message(`X-Spam-Status: No\r\nx-spam-flag:\r\n no\r\nSubject: x\r\n\r\n${gtube}`);
    client.close();
    expect(await system.inbox()).toEqual([]);
    const [entry] = await system.inbox(ann, 'Junk');
    expect(entry?.content).toMatch(/^X-Spam-Flag: YES\r\nX-Spam-Status: Yes, score=\d+/);
    expect(entry?.content).not.toMatch(/X-Spam-Status: No\r\n|x-spam-flag/);
    expect((await statusOf(system)).counters).toMatchObject({ spamMessages: 1, virusesDetected: 0 });
    const off = '[mailboxes]\nspam_to_junk = false\n';
    system.maild.configure(`domains = ["example.org"]\n${config(off)}`);
    await system.told('server', 'reload');
    await system.maild.refreshPorts();
    await system.send({ to, body: gtube });
    expect(await system.inbox()).toHaveLength(1);
  }, 60_000);

  it('spam is refused when that is wanted', async () => {
    const system = await startMailSystem({ config: config('action = "reject"\n') });
    expect(await system.attempt({ to, body: gtube })).toMatchObject({ code: 550 });
    await system.send({ to });
    expect((await system.inbox())[0]?.content).toContain('X-Spam-Status: No, score=');
  }, 60_000);
});

describe('a scanner that hangs', () => {
  it('is seen at work in the session, and gives no verdict when its time is over', async () => {
    let asked = 0;
    const hanging = await fakeScanner((socket, received) => {
      socket.on('data', () => {
        if (received().toString('latin1').startsWith('zVERSION\0')) socket.end('ClamAV 1.0\0');
        else if (clamdHasAll(received())) asked += 1;
      });
    });
    const place = 'port' in hanging.address ? `127.0.0.1:${hanging.address.port}` : '';
    const system = await startMailSystem({
      config: `scan.timeout = "2s"\nscan.clamd.address = "${place}"\n`,
    });
    const reply = system.attempt({ to });
    await until(() => asked === 1);
    const [session] = jsonLines(await system.told('sessions', '--json'));
    expect(session).toMatchObject({ type: 'smtp', detail: 'Checking for viruses' });
    expect(await reply).toMatchObject({ code: 451 });
    expect(await system.inbox()).toHaveLength(0);
  });
});
