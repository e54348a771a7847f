/** What may be thrown at the IMAP listener (faults B6 to B8): nobody else notices, and no memory is lost to it. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ImapTestClient } from '../helpers/imap-test-client.ts';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { until } from '../helpers/until.ts';

const MEGABYTE = 1_048_576;

function residentBytes({ maild }: MailSystem): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${maild.pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

async function annsClient(system: MailSystem): Promise<ImapTestClient> {
  const client = await ImapTestClient.connect(system.maild.ports.imap);
  onTestFinished(() => client.close());
  await client.ok(`LOGIN ${ann} "${annsPassword}"`);
  await client.ok('SELECT INBOX');
  return client;
}

/** How long somebody else waits for an answer. */
async function answersIn(client: ImapTestClient): Promise<number> {
  const before = performance.now();
  await client.ok('NOOP');
  return performance.now() - before;
}

/** Sends pieces as long as they are taken, and all that comes back is thrown away. */
async function pour(port: number, begin: string, piece: Buffer, bytes: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  socket.resume();
  socket.write(begin);
  for (let sent = 0; sent < bytes && !socket.destroyed; sent += piece.length) {
    if (socket.write(piece)) continue;
    await new Promise<void>((resolve) => {
      socket.once('drain', resolve);
      socket.once('close', resolve);
    });
  }
  socket.destroy();
}

const linux = process.platform === 'linux';

describe.skipIf(!linux)('hostile IMAP clients', { timeout: 60_000 }, () => {
  it('cannot make it hold what they announce or send without end', async () => {
    const system = await startMailSystem();
    const { imap } = system.maild.ports;
    const other = await annsClient(system);
    const login = `a LOGIN ${ann} "${annsPassword}"\r\nb SELECT INBOX\r\n`;
    const before = residentBytes(system);
    const endless = Buffer.alloc(64 * 1024, 'x');
    await Promise.all([
      pour(imap, '', endless, 32 * MEGABYTE),
      pour(imap, login, endless, 32 * MEGABYTE),
      pour(imap, `${login}c NOOP {4294967295+}\r\n`, endless, 32 * MEGABYTE),
      pour(imap, `${login}c SEARCH TEXT {2000000000+}\r\n`, endless, 32 * MEGABYTE),
      pour(imap, `${login}c APPEND INBOX {2000000000+}\r\n`, endless, 32 * MEGABYTE),
      pour(imap, `${login}c SEARCH `, Buffer.from('NOT '.repeat(10_000)), 8 * MEGABYTE),
      pour(imap, `${login}c FETCH 1 `, Buffer.from('('.repeat(10_000)), 8 * MEGABYTE),
      pour(imap, login, Buffer.from('c NOOP\r\n'.repeat(5_000)), 2 * MEGABYTE),
    ]);
    expect(await answersIn(other)).toBeLessThan(2_000);
    await until(async () => (await system.maild.call('sessions.list', {})).sessions.length <= 2, 'their end');
    expect(residentBytes(system) - before).toBeLessThan(100 * MEGABYTE);
  });

  it('are answered when what they ask for is absurd', async () => {
    const system = await startMailSystem();
    await system.send({ to: [ann], subject: 'one' });
    const other = await annsClient(system);
    const client = await annsClient(system);
    const absurd = [
      `SEARCH ${'NOT '.repeat(1_000)}ALL`,
      `SEARCH ${'OR ALL '.repeat(1_000)}ALL`,
      `FETCH 1:* (${'BODY[] '.repeat(1_000)}FLAGS)`,
      `FETCH ${'1:*,'.repeat(10_000)}1 FLAGS`,
      `LIST "" "${'*a'.repeat(5_000)}"`,
      `UID STORE 1:4294967295 +FLAGS (${Array.from({ length: 2_000 }, (_, n) => `k${n}`).join(' ')})`,
      `CREATE "${'a/'.repeat(1_000)}b"`,
      `SELECT "../../../../etc/passwd"`,
    ];
    for (const command of absurd) {
      const [last = ''] = (await client.say(command)).slice(-1);
      expect(last, command.slice(0, 60)).toMatch(/^(OK|NO|BAD) /);
      expect(await answersIn(other), command.slice(0, 60)).toBeLessThan(1_000);
    }
  });

  it('that ask for much and take nothing cost nothing', async () => {
    const system = await startMailSystem();
    const client = await annsClient(system);
    const letter = 'x'.repeat(998).concat('\r\n').repeat(4_000);
    for (let n = 0; n < 3; n += 1) await client.ok(`APPEND INBOX {${letter.length}+}\r\n${letter}`);
    const other = await annsClient(system);
    const before = residentBytes(system);
    const lazy = await Promise.all(Array.from({ length: 10 }, () => annsClient(system)));
    for (const one of lazy) {
      one.socket.pause();
      one.write('x FETCH 1:* (BODY.PEEK[])\r\ny FETCH 1:* (BODY.PEEK[])\r\n');
    }
    for (let n = 0; n < 20; n += 1) expect(await answersIn(other)).toBeLessThan(2_000);
    expect(residentBytes(system) - before).toBeLessThan(80 * MEGABYTE);
    // They are not forgotten: what they asked for comes when they take it.
    lazy[0]?.socket.resume();
    expect((await lazy[0]?.until('y'))?.length).toBeGreaterThan(3);
  });
});
