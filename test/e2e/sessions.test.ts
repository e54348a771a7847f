import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

const plain = Buffer.from(`\0${ann}\0${annsPassword}`).toString('base64');

/** ann, logged in over STARTTLS. */
async function annsClient(system: MailSystem): Promise<SmtpTestClient> {
  const client = await SmtpTestClient.ready(system.maild.ports.submission);
  onTestFinished(() => client.close());
  await client.startTls();
  await client.say('EHLO client.example', 250);
  await client.say(`AUTH PLAIN ${plain}`, 235);
  return client;
}

async function strangersClient(system: MailSystem): Promise<SmtpTestClient> {
  const client = await system.client();
  onTestFinished(() => client.close());
  return client;
}

/** A delivery that hangs at the other server. */
async function hangingDelivery(system: MailSystem): Promise<number> {
  const id = await system.send({ to: ['bob@example.net'] });
  await until(
    async () => (await listed(system, '--type', 'smtp-client')).length === 1,
    'the session of a delivery',
  );
  return id;
}

const listed = async (system: MailSystem, ...filters: string[]) =>
  jsonLines(await system.told('sessions', '--json', ...filters));

describe('mailctl sessions', () => {
  it('shows who is connected and what they are doing, and what we do elsewhere', async () => {
    const system = await startMailSystem({ remote: { dot: 'hang' } });
    const stranger = await strangersClient(system);
    await stranger.envelope('a@elsewhere.example', [ann]);
    await stranger.say('DATA', 354);
    stranger.write('Subject: half\r\n');
    await annsClient(system);
    await hangingDelivery(system);
    await until(
      async () => (await listed(system)).some(({ detail }) => /^DATA, 15 bytes/.test(String(detail))),
      'what has come of the message',
    );
    const sessions = await listed(system, '--sort', 'type');
    expect(sessions.map(({ type }) => type).sort()).toEqual(['smtp', 'smtp-client', 'submission']);
    const of = (type: string) => sessions.find((session) => session.type === type);
    expect(of('smtp')).toMatchObject({
      user: null,
      remoteAddress: '127.0.0.1',
      localPort: system.maild.ports.smtp,
      tls: null,
      state: 'data',
      lastCommand: 'DATA',
    });
    expect(of('submission')).toMatchObject({
      user: ann,
      tls: 'TLSv1.3',
      detail: 'Waiting',
      number: 1,
    });
    expect(of('smtp-client')).toMatchObject({
      remoteAddress: '127.0.0.1',
      remotePort: system.remote.port,
      detail: expect.stringContaining('127.0.0.1'),
    });
    const { sessions: counts } = JSON.parse(await system.told('status', '--json'));
    expect(counts).toMatchObject({ smtp: 1, submission: 1, smtpClient: 1, pop3: 0 });
    expect(await listed(system, '--user', 'ann@*')).toHaveLength(1);
    expect(await listed(system, '--type', 'smtp,submission')).toHaveLength(2);
    expect(await listed(system, '--ip', '192.0.2.0/24')).toEqual([]);
    expect(await listed(system, '--older-than', '1h')).toEqual([]);
    expect(await system.told('sessions')).toMatch(/ann@example\.org/);
  });
});

describe('mailctl sessions kill', () => {
  it('ends one by its id: the client is told 421 and then the socket goes', async () => {
    const system = await startMailSystem();
    const client = await strangersClient(system);
    const [session] = await listed(system);
    expect(await system.told('sessions', 'kill', String(session?.id), '--reason', 'enough')).toMatch(
      /ended|ending/,
    );
    const replies = await client.rest();
    expect(replies.map(({ text }) => text)).toEqual(['421 4.3.2 Session ended: enough']);
    await until(async () => (await listed(system)).length === 0, 'no session');
    expect((await system.mailctl('sessions', 'kill', String(session?.id))).code).toBe(1);
  });

  it('of a delivery puts the message back into the queue', async () => {
    const system = await startMailSystem({ remote: { dot: 'hang' } });
    const id = await hangingDelivery(system);
    expect((await system.mailctl('sessions', 'kill', '--type', 'smtp-client')).code).toBe(64);
    await system.told('sessions', 'kill', '--type', 'smtp-client', '--yes');
    await system.deferred(id);
    system.remote.script = {};
    await system.told('queue', 'send-now', String(id));
    await system.queueEmpty();
    expect(system.remote.messages).toHaveLength(1);
  });

  it('with --block refuses the user for a time, and nobody else', async () => {
    const system = await startMailSystem({ config: 'auth.delay = "0s"\n' });
    await system.maild.call('accounts.add', { address: 'ben@example.org', password: annsPassword });
    const client = await annsClient(system);
    await system.told(
      'sessions',
      'kill',
      '--user',
      ann,
      '--block',
      '1h',
      '--reason',
      'stolen password',
      '--yes',
    );
    expect((await client.rest()).at(-1)?.code).toBe(421);
    const again = await SmtpTestClient.ready(system.maild.ports.submission);
    onTestFinished(() => again.close());
    await again.say(`AUTH PLAIN ${plain}`, 421);
    const other = await SmtpTestClient.ready(system.maild.ports.submission);
    onTestFinished(() => other.close());
    const ben = Buffer.from(`\0ben@example.org\0${annsPassword}`).toString('base64');
    await other.say(`AUTH PLAIN ${ben}`, 235);
    const blocks = jsonLines(await system.told('blocks', '--json'));
    expect(blocks).toMatchObject([
      { kind: 'user', value: ann, reason: 'stolen password', source: 'operator' },
    ]);
    await system.told('blocks', 'remove', String(blocks[0]?.id));
    await annsClient(system);
  });

  it('with --block refuses an address for a time', async () => {
    const system = await startMailSystem();
    const client = await strangersClient(system);
    const [session] = await listed(system);
    await system.told('sessions', 'kill', String(session?.id), '--block', '1h');
    await client.rest();
    const again = await SmtpTestClient.connect(system.maild.ports.smtp);
    onTestFinished(() => again.close());
    expect((await again.reply())?.text).toMatch(/^554 5\.7\.1 /);
    await system.maild.kill9();
    await system.maild.restart();
    const blocked = await SmtpTestClient.connect(system.maild.ports.smtp);
    onTestFinished(() => blocked.close());
    expect((await blocked.reply())?.code, 'after a restart').toBe(554);
  });
});

describe('mailctl sessions watch', () => {
  it('replays what was said, follows what is said, and masks what is secret', async () => {
    const system = await startMailSystem();
    const client = await SmtpTestClient.ready(system.maild.ports.submission);
    onTestFinished(() => client.close());
    const [session] = await listed(system);
    const watching = system.following('sessions', 'watch', String(session?.id));
    await watching.shows(/EHLO client\.example/);
    await client.startTls();
    await client.say('EHLO client.example', 250);
    await client.say(`AUTH PLAIN ${plain}`, 235);
    await client.say('MAIL FROM:<ann@example.org>', 250);
    await watching.shows(/< MAIL FROM:<ann@example\.org>\n.*> 250 2\.1\.0 Ok/);
    await client.say('QUIT', 221);
    expect(await watching.ended).toBe(0);
    expect(watching.stdout).toMatch(/AUTH PLAIN \*+/);
    expect(watching.stdout).not.toContain(plain);
    expect(watching.stdout).toMatch(/TLSv1\.3/);
  });

  it('of a session that does not exist says so', async () => {
    const system = await startMailSystem();
    expect((await system.mailctl('sessions', 'watch', '4711')).code).toBe(1);
  });
});

describe('a session in TLS from its first byte', () => {
  it('is in the list as one', async () => {
    const system = await startMailSystem({
      config: '[[listeners]]\nprotocol = "submission"\nport = 0\ntls = "implicit"\n',
    });
    const socket = connectTls({
      port: system.maild.ports.submission,
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    onTestFinished(() => void socket.destroy());
    socket.on('data', () => {});
    await until(
      async () => (await listed(system)).some(({ tls, detail }) => tls === 'TLSv1.3' && detail === 'Waiting'),
      'the session',
    );
  });
});
