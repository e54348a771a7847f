/** Mail sent by connections: at once, only when connected, by the one that takes over; and what mailctl says of it. */
import { expect, it, onTestFinished } from 'vitest';
import { startMaild } from '../helpers/daemon.ts';
import { MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { RemoteSmtp, type Script } from '../helpers/remote-smtp.ts';
import { until } from '../helpers/until.ts';

async function relay(script: Script = {}): Promise<RemoteSmtp> {
  const server = await RemoteSmtp.start(script);
  server.extensions.push('AUTH PLAIN');
  onTestFinished(() => server.stop());
  return server;
}

const route = (domain: string, connection: string): string =>
  `[[routes]]\ndomain = "${domain}"\nconnection = "${connection}"\n`;
const system = (...routes: string[]): Promise<MailSystem> => startMailSystem({ config: routes.join('') });

const add = async (maild: MailSystem, name: string, server: RemoteSmtp, ...more: string[]): Promise<void> => {
  const { code, stderr } = await maild.mailctlWith(
    { stdin: 'relay secret\n' },
    ...['connections', 'add', name, '--relay', `127.0.0.1:${server.port}`, '--relay-tls', 'none'],
    ...['--relay-user', 'ann', '--password-stdin', ...more],
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
};

it('a route names a connection, and its relay gets the mail, with a login', async () => {
  const isp = await relay();
  const maild = await system(route('*.example.net', 'isp'));
  const early = await maild.send({ to: ['bob@a.example.net'] });
  await maild.deferred(early);
  expect((await maild.queue())[0]?.lastReply).toContain('connection "isp" does not exist');
  await add(maild, 'isp', isp);
  await maild.told('queue', 'send-now', String(early));
  await maild.queueEmpty();
  expect(isp.messages.map(({ rcpt }) => rcpt)).toEqual([['RCPT TO:<bob@a.example.net>']]);
  expect(isp.commands.find((line) => line.startsWith('AUTH'))).toBeDefined();
  const { totals } = await maild.maild.call('connections.show', { name: 'isp' });
  expect(totals.sent).toBe(1);
  expect(maild.maild.logs()).not.toMatch(/relay secret|cmVsYXkgc2VjcmV0/);
});

it('mail waits for a connection that sends only when it is connected, says so, and goes out with it', async () => {
  const isp = await relay();
  const maild = await system(route('example.net', 'isp'));
  await add(maild, 'isp', isp, '--sending', 'when-connected');
  const ids = [await maild.send(), await maild.send()];
  for (const id of ids) await maild.deferred(id);
  expect(isp.connections).toBe(0);

  const explained = await maild.told('queue', 'explain', String(ids[0]));
  expect(explained).toContain('Connection "isp" sends only when it is connected');
  expect(explained).toContain('mailctl connect-now isp');
  expect((await maild.told('queue', '--connection', 'isp', '--json')).trim().split('\n')).toHaveLength(2);

  const followed = await maild.told('connect-now', '--follow');
  expect(followed).toMatch(/Sending: 2 messages/);
  expect(followed).toMatch(/Finished: ok, 0 collected, 2 sent/);
  expect(isp.messages).toHaveLength(2);
  const later = await maild.send();
  await maild.deferred(later);
  expect(isp.messages).toHaveLength(2);
  await maild.told('connections', 'edit', 'isp', '--sending', 'at-once');
  expect(await maild.told('connect-now', '--follow')).toMatch(/1 sent/);
});

it('enough waiting messages start a run by themselves', async () => {
  const isp = await relay();
  const maild = await system(route('example.net', 'isp'));
  await add(maild, 'isp', isp, '--sending', 'when-connected', '--schedule', 'when 3 waiting');
  for (let i = 0; i < 2; i++) await maild.deferred(await maild.send());
  expect(isp.messages).toHaveLength(0);
  await maild.send();
  await until(() => isp.messages.length === 3, 'the three messages');
  await until(async () => {
    const { runs } = await maild.maild.call('connections.show', { name: 'isp' });
    return runs[0]?.trigger === 'waiting messages' && runs[0].sent === 3;
  });
});

it('when a relay is away, that of the connection that takes over gets the mail', async () => {
  const [isp, other] = [await relay(), await relay()];
  const maild = await system(route('example.net', 'isp'));
  await add(maild, 'other', other);
  await add(maild, 'isp', isp, '--fallback', 'other');
  await isp.stop();
  await maild.send();
  await maild.queueEmpty();
  expect(other.messages).toHaveLength(1);
});

it('without a route the default connection gets the mail, and MX hosts when there is none', async () => {
  const isp = await relay();
  const maild = await startMaild({ config: 'dns.servers = ["127.0.0.1:9"]\ndns.timeout = "100ms"\n' });
  const plain = new MailSystem(maild, isp);
  await add(plain, 'isp', isp, '--default');
  await plain.send();
  await plain.queueEmpty();
  expect(isp.messages).toHaveLength(1);
  await plain.told('connections', 'edit', 'isp', '--no-default');
  const id = await plain.send();
  await plain.deferred(id);
  expect(await plain.told('queue', 'explain', String(id))).toContain('MX of example.net');
  expect(isp.messages).toHaveLength(1);
});

it('runs that are asked for twice are one run, and an interrupt of mailctl leaves it going', async () => {
  const silent = await relay({ connect: 'hang' });
  const maild = await system(route('example.net', 'isp'));
  await add(maild, 'isp', silent, '--sending', 'when-connected');
  await maild.deferred(await maild.send());
  const followed = maild.following('connect-now', 'isp', '--follow');
  await until(() => /Sending: 1 messages/.test(followed.stdout), 'the begin');
  const second = JSON.parse(await maild.told('connect-now', 'isp', '--json'));
  expect(second).toMatchObject({ joined: true, connection: 'isp' });
  followed.signal('SIGINT');
  expect(await followed.ended).toBe(130);
  const [now] = (await maild.maild.call('connections.list', {})).connections;
  expect(now).toMatchObject({ state: 'sending' });
  expect((await maild.maild.call('status.get', {})).connection).toMatchObject({
    state: 'sending',
    name: 'isp',
  });
});
