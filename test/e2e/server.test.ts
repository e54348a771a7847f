/** The server stops, starts and pauses while the service goes on answering: what clients and operators see meanwhile. */
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

const status = async (system: MailSystem) => JSON.parse(await system.told('status', '--json'));

const refusedAt = (port: number): Promise<unknown> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', (error) => resolve('code' in error ? error.code : error));
    socket.once('connect', () => resolve('connected'));
    onTestFinished(() => void socket.destroy());
  });

describe('mailctl server stop and start', () => {
  it('ends the listeners and not the service; what waits goes on afterwards', async () => {
    const system = await startMailSystem({ remote: { rcpt: '451 4.7.1 later' } });
    const { pid } = system.maild;
    const id = await system.send();
    await system.deferred(id);
    const client = await system.client();
    onTestFinished(() => client.close());
    expect(await system.told('server', 'stop', '--reason', 'new disk')).toContain('stopped');
    expect((await client.rest()).map(({ code }) => code)).toEqual([421]);
    expect(await refusedAt(system.maild.ports.smtp)).toBe('ECONNREFUSED');
    expect((await status(system)).server).toMatchObject({ state: 'stopped', startedAt: null });
    expect(await system.told('status')).toMatch(/stopped/);
    expect((await system.mailctl('queue')).stdout).toContain('deferred');
    system.remote.script = {};
    await system.told('queue', 'send-now', String(id));

    expect(await system.told('server', 'start')).toContain('running');
    await system.maild.refreshPorts();
    await system.queueEmpty();
    expect(system.remote.messages).toHaveLength(1);
    expect(system.maild.pid).toBe(pid);
    const { server, counters, totals } = await status(system);
    expect(server).toMatchObject({ state: 'running', startedAt: counters.since });
    expect(counters).toMatchObject({ processedMessages: 0, deliveredMessages: 1 });
    expect(totals).toMatchObject({ processedMessages: 1, deliveredMessages: 1 });
  });

  it('waits for a delivery under way and for a message in transit', async () => {
    let answer: string | undefined;
    const system = await startMailSystem({ remote: { quit: 'hang' } });
    const client = await system.client();
    onTestFinished(() => client.close());
    await client.envelope(ann, [ann]);
    await client.say('DATA', 354);
    const stopping = system.told('server', 'stop').then((text) => {
      answer = text;
    });
    await until(async () => (await status(system)).server.state === 'stopping', 'the server stopping');
    expect(await refusedAt(system.maild.ports.smtp)).toBe('ECONNREFUSED');
    expect(answer).toBeUndefined();
    client.write('Subject: just in time\r\n\r\nhello\r\n.\r\n');
    expect((await client.reply())?.code).toBe(250);
    await stopping;
    expect(answer).toContain('stopped');
    expect(await system.inbox()).toHaveLength(1);
  });
});

describe('mailctl server pause and resume', () => {
  it('receiving: clients are told to come back, and mail here goes on', async () => {
    const system = await startMailSystem();
    await system.told('server', 'pause', 'receiving', '--reason', 'backup');
    expect((await system.attempt()).text).toMatch(/^451 4\.3\.2 /);
    const paused = await status(system);
    expect(paused.server.paused).toMatchObject({ receiving: true, delivering: false, collecting: false });
    expect(paused.warnings.list).toMatchObject([{ code: 'receiving.paused' }]);
    expect(await system.told('status')).toContain('backup');
    await system.told('server', 'resume', 'receiving');
    expect((await system.attempt()).code).toBe(250);
  });

  it('delivering: mail is taken and waits, mail for accounts here does not', async () => {
    const system = await startMailSystem();
    await system.told('server', 'pause', 'delivering');
    await system.send({ to: ['bob@example.net', ann] });
    expect(await system.inbox()).toHaveLength(1);
    expect((await system.queue()).map(({ state }) => state)).toEqual(['ready']);
    expect(system.remote.connections).toBe(0);
    await system.told('server', 'resume', 'delivering');
    await system.queueEmpty();
    expect(system.remote.messages).toHaveLength(1);
  });

  it('for a time ends by itself', async () => {
    const system = await startMailSystem();
    await system.told('server', 'pause', 'receiving', '--for', '1s');
    expect((await status(system)).server.paused.details.receiving.until).toEqual(expect.any(String));
    await until(async () => (await system.attempt()).code === 250, 'a 250 when the time is over');
    expect((await status(system)).server.paused.receiving).toBe(false);
  });
});

describe('mailctl server reload', () => {
  it('brings a new domain and a new route into force, with no client noticing', async () => {
    const system = await startMailSystem();
    const client = await system.client();
    onTestFinished(() => client.close());
    system.maild.configure(
      `domains = ["example.org", "new.example"]\nrelay_networks = []\n[[routes]]\ndomain = "*"\nvia = "smtp://127.0.0.1:${system.remote.port}"\n`,
    );
    const told = await system.told('server', 'reload');
    expect(told).toContain('domains');
    expect(told).toContain('relay_networks');
    await client.say('MAIL FROM:<a@elsewhere.example>', 250);
    expect((await client.say('RCPT TO:<nobody@new.example>')).text).toMatch(/^550 5\.1\.1 /);
    const stranger = await SmtpTestClient.connect(system.maild.ports.smtp);
    onTestFinished(() => stranger.close());
    await stranger.expect(220);
    await stranger.say('EHLO client.example', 250);
    await stranger.say('MAIL FROM:<a@elsewhere.example>', 250);
    expect((await stranger.say('RCPT TO:<bob@example.net>')).text).toMatch(/^550 5\.7\.1 /);
  });

  it('of a file with faults changes nothing and names each of them with its line', async () => {
    const system = await startMailSystem();
    system.maild.configure('domains = ["example.org"]\nmax_message_size = "many"\nnonsense = 1\n');
    const { code, stderr } = await system.mailctl('server', 'reload');
    expect(code).toBe(1);
    expect(stderr).toContain('max_message_size');
    expect(stderr).toContain('nonsense');
    expect((await system.attempt()).code).toBe(250);
    const check = await system.mailctl('config', 'check', system.maild.configFile);
    expect(check.code).toBe(1);
    expect(check.stdout).toMatch(/maild\.toml:4\b.*max_message_size/);
  });
});
