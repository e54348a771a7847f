import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runMaild, startMaild } from '../../helpers/daemon.ts';
import { until } from '../../helpers/until.ts';

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'maild-service-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** An SMTP client after EHLO; `said` has all that came. */
async function smtpClient(
  port: number,
): Promise<{ socket: Socket; said: () => string; send(line: string): void }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  socket.on('error', () => {});
  await until(() => text.includes('220 '), 'the greeting');
  socket.write('EHLO client.example\r\n');
  await until(() => /^250 /m.test(text), 'the answer to EHLO');
  return { socket, said: () => text, send: (line) => socket.write(`${line}\r\n`) };
}

describe('the command line of maild', () => {
  it('prints version and help', async () => {
    expect(await runMaild(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^maild \d/),
    });
    expect(await runMaild(['-h'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--check') });
  });

  it.each([['--nonsense'], ['stray'], ['--config'], ['--state=']])('refuses %s with 64', async (argument) => {
    const { code, stderr } = await runMaild([argument]);
    expect(code).toBe(64);
    expect(stderr).toMatch(/^maild: .*\nSee maild --help\n$/);
  });

  it('checks a configuration without starting: 0, or 78 with every fault and its line', async () => {
    const dir = temporary();
    const file = join(dir, 'maild.toml');
    writeFileSync(file, 'hostname = "a.example"\n');
    expect(await runMaild(['--check', '--config', file])).toMatchObject({
      code: 0,
      stdout: `${file}: no faults\n`,
      stderr: '',
    });
    writeFileSync(file, 'hostnam = "a.example"\n\n[delivery]\nconcurrency = "many"\n');
    expect(await runMaild(['--check', '--config', file])).toMatchObject({
      code: 78,
      stdout: '',
      stderr: [
        `${file}:1: hostnam: unknown key (did you mean hostname?)\n`,
        `${file}:4: delivery.concurrency: must be a whole number, not "many"\n`,
      ].join(''),
    });
    expect(await runMaild(['--config', file])).toMatchObject({ code: 78, stdout: '' });
    expect((await runMaild(['--check', '--config', join(dir, 'absent')])).code).toBe(78);
  });

  it('takes the configuration that MAILD_CONFIG names, and warns of a password that everybody can read', async () => {
    const file = join(temporary(), 'maild.toml');
    writeFileSync(file, '[[routes]]\ndomain = "*"\nvia = "smtp://u:pw@127.0.0.1:1"\n', { mode: 0o644 });
    const { code, stderr } = await runMaild(['--check'], { MAILD_CONFIG: file });
    expect(code).toBe(0);
    expect(stderr).toContain('readable by everybody');
    expect(stderr).not.toContain('pw');
  });
});

describe('a start', () => {
  it('makes the state directory for its owner only, and answers mailctl and SMTP', async () => {
    const maild = await startMaild();
    expect(statSync(maild.stateDir).mode & 0o777).toBe(0o700);
    for (const name of ['maild.db', 'certificate.pem', 'lock', 'maild.pid']) {
      expect(statSync(join(maild.stateDir, name)).mode & 0o077).toBe(0);
    }
    const status = await maild.call('status.get', {});
    expect(status).toMatchObject({
      service: {
        pid: maild.pid,
        stateDir: maild.stateDir,
        socket: maild.socket,
        configFile: maild.configFile,
      },
      server: { state: 'running', paused: { receiving: false, delivering: false, collecting: false } },
      database: { engine: 'SQLite', state: 'ok', problem: null },
      warnings: { errors: 0, warnings: 0, notices: 0, list: [] },
    });
    expect(status.listeners.map(({ protocol, error }) => [protocol, error])).toEqual([
      ['smtp', null],
      ['submission', null],
      ['pop3', null],
      ['imap', null],
    ]);
    const client = await smtpClient(maild.ports.smtp);
    expect(client.said()).toMatch(/^220 maild\.test /);
    client.socket.destroy();
  });

  it('on a state directory that another maild uses fails with 75 and names it', async () => {
    const maild = await startMaild();
    const second = await runMaild(['--state', maild.stateDir, '--config', maild.configFile]);
    expect(second).toMatchObject({ code: 75, stdout: '' });
    expect(second.stderr).toBe(
      `maild: another maild (process ${maild.pid}) uses the state directory ${maild.stateDir}\n`,
    );
    await expect(maild.call('status.get', {})).resolves.toBeDefined();
  });

  it('works after a kill -9, with nothing to clean up', async () => {
    const maild = await startMaild();
    expect(await maild.kill9()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(existsSync(maild.socket)).toBe(true);
    await maild.restart();
    expect((await maild.call('status.get', {})).server.state).toBe('running');
  });

  it('with a state directory that cannot be made fails with 73', async () => {
    const file = join(temporary(), 'file');
    writeFileSync(file, '');
    const { code, stderr } = await runMaild(['--state', join(file, 'state')]);
    expect(code).toBe(73);
    expect(stderr).toMatch(/^maild: state directory .*ENOTDIR/);
  });

  it('with something else in the place of the control socket fails with 73 and leaves it alone', async () => {
    const dir = temporary();
    const file = join(dir, 'maild.toml');
    const socket = join(dir, 'precious');
    writeFileSync(socket, 'data');
    writeFileSync(file, `control.socket = "${socket}"\n`);
    const { code, stderr } = await runMaild(['--config', file, '--state', join(dir, 'state')]);
    expect(code).toBe(73);
    expect(stderr).toContain(socket);
    expect(readFileSync(socket, 'utf8')).toBe('data');
  });

  it('with a port that is taken runs without that listener and says so', async () => {
    const first = await startMaild();
    const second = await startMaild({
      config: `[[listeners]]\nprotocol = "smtp"\nport = ${first.ports.smtp}\n[[listeners]]\nprotocol = "submission"\nport = 0\n[[listeners]]\nprotocol = "metrics"\nport = 0`,
    });
    const { listeners, warnings } = await second.call('status.get', {});
    expect(listeners.map(({ error }) => error)).toEqual([
      'the port is in use by another program',
      null,
      'metrics is not available in this version',
    ]);
    expect(warnings).toMatchObject({ errors: 1, warnings: 1, notices: 0 });
    expect(warnings.list[0]).toMatchObject({
      code: 'listener.failed',
      subject: `smtp 127.0.0.1:${first.ports.smtp}`,
    });
  });

  it('with a damaged database stays up for mailctl, says so, and takes no mail', async () => {
    const maild = await startMaild();
    await maild.stop();
    writeFileSync(
      join(maild.stateDir, 'maild.db'),
      'this was a database once, and is one no more '.repeat(500),
    );
    await maild.start();
    const { database, warnings, server } = await maild.call('status.get', {});
    expect(database).toMatchObject({ state: 'damaged', problem: expect.stringMatching(/not a database/) });
    expect(warnings.list).toMatchObject([{ code: 'database.damaged', severity: 'error' }]);
    expect(server.state).toBe('running');
    const client = await smtpClient(maild.ports.smtp);
    client.send('MAIL FROM:<a@b.example>');
    await until(() => /^451 4\.3\.0 /m.test(client.said()), 'the refusal');
    client.socket.destroy();
    expect(await maild.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('an end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s is orderly and answers 0', async (signal) => {
    const maild = await startMaild();
    const client = await smtpClient(maild.ports.smtp);
    expect(await maild.stop(signal)).toEqual({ code: 0, signal: null });
    expect(client.said()).toContain('\r\n421 ');
    expect(maild.logs()).toContain(`service stopped reason=${signal}`);
    expect(existsSync(maild.socket)).toBe(false);
    expect(existsSync(join(maild.stateDir, 'maild.pid'))).toBe(false);
  });

  it('waits for a message in transit, and comes at once with a second signal', async () => {
    const maild = await startMaild({ config: 'domains = ["ours.example"]' });
    const client = await smtpClient(maild.ports.smtp);
    client.send('MAIL FROM:<a@b.example>');
    client.send('RCPT TO:<c@d.example>');
    client.send('DATA');
    await until(() => client.said().includes('354 '), 'the word to go ahead');
    maild.signal('SIGTERM');
    await maild.saw(/server stopping/);
    expect((await maild.call('status.get', {})).server.state).toBe('stopping');
    const end = maild.ended();
    maild.signal('SIGTERM');
    expect(await end).toEqual({ code: 0, signal: null });
    expect(maild.logs()).toContain('ended at once signal=SIGTERM');
  });

  it('lets a message in transit through', async () => {
    const maild = await startMaild();
    await maild.call('server.pause', { parts: ['delivering'] });
    const client = await smtpClient(maild.ports.smtp);
    client.send('MAIL FROM:<a@b.example>');
    client.send('RCPT TO:<c@d.example>');
    client.send('DATA');
    await until(() => client.said().includes('354 '), 'the word to go ahead');
    maild.signal('SIGTERM');
    await maild.saw(/server stopping/);
    client.send('Subject: in transit\r\n\r\nbody\r\n.');
    await until(
      () => /^250 2\.6\.0 /m.test(client.said()) || /^250 2\.0\.0 /m.test(client.said()),
      'the 250',
    );
    expect(await maild.ended()).toEqual({ code: 0, signal: null });
    await maild.start();
    expect((await maild.call('queue.list', {})).messages).toMatchObject([{ subject: 'in transit' }]);
  });
});

describe('a reload', () => {
  const base = 'delivery.concurrency = 3\n';
  const listener = (port: number) => `[[listeners]]\nprotocol = "smtp"\nport = ${port}\n`;

  it('by SIGHUP applies what can change, and names what cannot', async () => {
    const maild = await startMaild({ config: base });
    maild.configure(
      'hostname = "other.test"\ndelivery.concurrency = 4\ndomains = ["new.example"]\nlog.level = "debug"\n',
    );
    maild.signal('SIGHUP');
    await maild.saw(/configuration reloaded .*needsRestart=\["?hostname"?\]/);
    const shown = (await maild.call('config.show', {})).values;
    expect(shown.find(({ key }) => key === 'delivery.concurrency')).toEqual({
      key: 'delivery.concurrency',
      value: 4,
      origin: 'file',
    });
    expect((await maild.call('domains.list', {})).domains).toMatchObject([
      { name: 'new.example', origin: 'config' },
    ]);
    expect((await maild.call('log.levels', {})).levels[0]).toMatchObject({ level: 'debug' });
    // The self-test may have looked for the new domain in the DNS by now.
    expect((await maild.call('status.get', {})).warnings.list).toContainEqual(
      expect.objectContaining({ code: 'config.needs_restart', severity: 'notice' }),
    );
  });

  it('opens and closes listeners, and leaves clients of the others alone', async () => {
    const maild = await startMaild({ config: base + listener(0) });
    const client = await smtpClient(maild.ports.smtp);
    maild.configure(`${base}${listener(0)}[[listeners]]\nprotocol = "submission"\nport = 0\n`);
    const { applied, needsRestart } = await maild.call('server.reload', {});
    expect({ applied, needsRestart }).toEqual({ applied: ['listeners'], needsRestart: [] });
    await until(async () => {
      await maild.refreshPorts();
      return maild.ports.submission > 0;
    });
    client.send('NOOP');
    await until(() => /^250 2\.0\.0 /m.test(client.said()), 'the answer to NOOP');
    maild.configure(`${base}[[listeners]]\nprotocol = "submission"\nport = 0\n`);
    await maild.call('server.reload', {});
    await until(() => client.said().includes('421 '), 'the farewell');
  });

  it('of a configuration with faults changes nothing and says why', async () => {
    const maild = await startMaild({ config: base });
    maild.configure('delivery.concurrency = 0\n');
    await expect(maild.call('server.reload', {})).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('delivery.concurrency: must be from 1'),
    });
    maild.signal('SIGHUP');
    await maild.saw(/configuration not reloaded/);
    expect((await maild.call('status.get', {})).server.state).toBe('running');
  });
});

describe('the server', () => {
  it('stops and starts while the service goes on answering', async () => {
    const maild = await startMaild();
    const { smtp } = maild.ports;
    expect(await maild.call('server.stop', { reason: 'maintenance' })).toEqual({
      state: 'stopped',
      changed: true,
    });
    expect(await maild.call('server.stop', {})).toEqual({ state: 'stopped', changed: false });
    const stopped = await maild.call('status.get', {});
    expect(stopped.server).toMatchObject({ state: 'stopped', startedAt: null });
    expect(stopped.listeners.map(({ error }) => error)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
    const refused = await new Promise((resolve) => {
      connect(smtp, '127.0.0.1').once('error', (error) => resolve('code' in error && error.code));
    });
    expect(refused).toBe('ECONNREFUSED');
    expect(await maild.call('server.start', {})).toEqual({ state: 'running', changed: true });
    await maild.refreshPorts();
    (await smtpClient(maild.ports.smtp)).socket.destroy();
  });

  it('keeps a pause over a kill -9', async () => {
    const maild = await startMaild();
    const { paused } = await maild.call('server.pause', { parts: ['receiving'], reason: 'backup' });
    expect(paused).toMatchObject({
      receiving: true,
      details: { receiving: { reason: 'backup', until: null } },
    });
    await maild.kill9();
    await maild.restart();
    expect((await maild.call('status.get', {})).server.paused.receiving).toBe(true);
    const client = await smtpClient(maild.ports.smtp);
    client.send('MAIL FROM:<a@b.example>');
    await until(() => /^451 4\.3\.2 /m.test(client.said()), 'the refusal');
    await maild.call('server.resume', { parts: ['receiving'] });
    client.send('MAIL FROM:<a@b.example>');
    await until(() => /^250 2\.1\.0 /m.test(client.said()), 'the 250');
    client.socket.destroy();
  });
});

describe('a fault of its own', () => {
  it.each([
    ['an exception', 'throw new Error("boom")'],
    ['a rejection', 'Promise.reject(new Error("boom"))'],
  ])('that nobody caught, %s, is logged and ends the process with 70', async (_, fault) => {
    const script = join(temporary(), 'fault.cjs');
    writeFileSync(script, `process.on('SIGUSR2', () => { ${fault}; });`);
    const maild = await startMaild({ env: { NODE_OPTIONS: `--require=${script}` } });
    expect(await maild.stop('SIGUSR2')).toEqual({ code: 70, signal: null });
    expect(maild.logs()).toMatch(/error server: ended by a fault of its own error=boom/);
    await maild.restart();
    expect(
      (await maild.call('log.list', { filter: { level: 'error', since: '2000-01-01T00:00:00.000Z' } }))
        .entries,
    ).toMatchObject([{ error: 'boom', stack: expect.stringContaining('fault.cjs') }]);
  });
});

describe('under systemd', () => {
  it('tells that it is ready, and that it is stopping', async () => {
    const dir = temporary();
    mkdirSync(join(dir, 'bin'));
    const told = join(dir, 'told');
    writeFileSync(join(dir, 'bin', 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${told}\n`, {
      mode: 0o755,
    });
    const maild = await startMaild({
      env: { NOTIFY_SOCKET: '/run/notify', PATH: `${join(dir, 'bin')}:${process.env.PATH}` },
    });
    await until(() => existsSync(told));
    expect(readFileSync(told, 'utf8')).toBe('/run/notify READY=1\n');
    await maild.stop();
    expect(readFileSync(told, 'utf8')).toBe('/run/notify READY=1\n/run/notify STOPPING=1\n');
  });
});

describe('a reader of standard output that goes away', () => {
  it('does not end the service', async () => {
    const maild = await startMaild();
    const dir = temporary();
    const file = join(dir, 'maild.toml');
    const socket = join(dir, 's', 'maild.sock');
    writeFileSync(file, `control.socket = "${socket}"\n[[listeners]]\nprotocol = "smtp"\nport = 0\n`);
    const program = join(import.meta.dirname, '../../../bin/maild');
    const child = spawn(process.execPath, [program, '--config', file, '--state', join(dir, 'state')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdout.destroy();
    await until(() => existsSync(socket));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const client = await import('../../../cli/client.ts').then(({ connect }) =>
      connect({ socket, timeoutMs: 5_000 }),
    );
    expect((await client.call('status.get', {})).server.state).toBe('running');
    client.close();
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await maild.stop();
  });
});
