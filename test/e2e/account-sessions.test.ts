/** What somebody has open, over all protocols, ends as one: by `sessions kill --user`, and when the account changes. */
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { until } from '../helpers/until.ts';

/** A client that says lines when it is spoken to, and keeps what it hears. */
class LineClient {
  heard = '';
  closed = false;
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (data) => {
      this.heard += data;
    });
    this.#socket.on('close', () => {
      this.closed = true;
    });
    this.#socket.on('error', () => undefined);
    onTestFinished(() => void this.#socket.destroy());
  }

  async says(line: string, answer: RegExp): Promise<void> {
    const from = this.heard.length;
    this.#socket.write(`${line}\r\n`);
    await this.hears(answer, from);
  }

  hears(answer: RegExp, from = 0): Promise<void> {
    return until(() => answer.test(this.heard.slice(from)), `${answer}, after: ${this.heard}`);
  }
}

/** ann by IMAP (in IDLE), by POP3 and by submission. */
async function annEverywhere(system: MailSystem, password = annsPassword): Promise<LineClient[]> {
  const { imap, pop3, submission } = system.maild.ports;
  const clients = [imap, pop3, submission].map((port) => new LineClient(port));
  const [mailbox, drop, sender] = clients;
  if (!mailbox || !drop || !sender) throw new Error('no clients');
  await mailbox.hears(/^\* OK /);
  await mailbox.says(`a LOGIN ${ann} "${password}"`, /a OK /);
  await mailbox.says('b SELECT INBOX', /b OK /);
  await mailbox.says('c IDLE', /\+ /);
  await drop.hears(/^\+OK/);
  await drop.says(`USER ${ann}`, /\+OK/);
  await drop.says(`PASS ${password}`, /\+OK/);
  await sender.hears(/^220 /);
  await sender.says('EHLO client.example', /250 /);
  await sender.says(`AUTH PLAIN ${Buffer.from(`\0${ann}\0${password}`).toString('base64')}`, /235 /);
  return clients;
}

const open = async (system: MailSystem): Promise<number> =>
  jsonLines(await system.told('sessions', '--json', '--user', ann)).length;
const allClosed = (clients: readonly LineClient[]) =>
  until(() => clients.every(({ closed }) => closed), 'the end of all sessions');

describe('the sessions of somebody', () => {
  it('are ended all at once, each with the last word of its protocol', async () => {
    const system = await startMailSystem();
    const clients = await annEverywhere(system);
    expect(await open(system)).toBe(3);
    const killed = await system.told('sessions', 'kill', '--user', ann, '--yes', '--json');
    expect(jsonLines(killed)).toHaveLength(3);
    await allClosed(clients);
    expect(clients[0]?.heard).toMatch(/\* BYE /);
    expect(clients[2]?.heard).toMatch(/421 /);
    expect(await open(system)).toBe(0);
    // The mailbox of POP3 is not locked any more.
    await annEverywhere(system);
  });

  it('end with the password, with the permission to log in, and with the account', async () => {
    const system = await startMailSystem();
    const ended = async (clients: readonly LineClient[], told: string) => {
      expect(told).toContain('3 sessions were ended');
      await allClosed(clients);
      expect(await open(system)).toBe(0);
    };
    const first = await annEverywhere(system);
    const passwd = await system.mailctlWith(
      { stdin: 'new\n' },
      'accounts',
      'passwd',
      ann,
      '--password-stdin',
    );
    await ended(first, passwd.stdout);
    const second = await annEverywhere(system, 'new');
    await ended(second, await system.told('accounts', 'disable', ann));
    const late = new LineClient(system.maild.ports.imap);
    await late.hears(/^\* OK /);
    await late.says(`a LOGIN ${ann} new`, /a NO /);
    await system.told('accounts', 'enable', ann);
    const third = await annEverywhere(system, 'new');
    await ended(third, await system.told('accounts', 'remove', ann, '--yes'));
  });
});
