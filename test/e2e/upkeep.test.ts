/**
 * A server that looks after itself, as an operator sees it: nothing to complain of on a fresh start, a relay that is open
 * found out by trying it, a report in the postmaster's mailbox, and Minger asked by mailctl.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RunningMaild, startMaild } from '../helpers/daemon.ts';
import { FakeDns } from '../helpers/fake-dns.ts';
import { smtpListeners } from '../helpers/listeners.ts';
import { jsonLines, Mailctl, runMailctl } from '../helpers/mailctl.ts';
import { until } from '../helpers/until.ts';

const doctor = async (maild: RunningMaild) => {
  const { code, stdout } = await runMailctl(maild.socket, ['doctor', '--json']);
  return { code, findings: jsonLines(stdout) };
};
const codesOf = (findings: readonly Record<string, unknown>[]): unknown[] => findings.map(({ code }) => code);

describe('a fresh maild with nothing but defaults', () => {
  it('finds nothing wrong with itself, by its own first test and by doctor', async () => {
    const maild = await startMaild();
    await until(async () => {
      const { tasks } = await maild.call('housekeeper.list', {});
      return tasks.find(({ name }) => name === 'self-test')?.lastResult === 'ok';
    });
    // Its result is written down a moment before it is over.
    await until(async () => (await maild.call('status.get', {})).housekeeper.state === 'idle');
    const { warnings, housekeeper } = await maild.call('status.get', {});
    expect(warnings).toEqual({ errors: 0, warnings: 0, notices: 0, list: [] });
    expect(housekeeper).toMatchObject({ state: 'idle', task: null });
    expect(Date.parse(housekeeper.nextRunAt ?? '')).toBeGreaterThan(Date.now());
    expect(await doctor(maild)).toEqual({ code: 0, findings: [] });
    const { checks } = await maild.call('doctor.run', {});
    expect(checks.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });
});

describe('an open relay', () => {
  it('is an error with exit code 1; one that is closed is tried for real, and its refusal is not counted', async () => {
    const maild = await startMaild({ config: smtpListeners(['0.0.0.0'], 'relay_networks = ["0.0.0.0/0"]') });
    const open = await doctor(maild);
    expect(open.code).toBe(1);
    expect(open.findings[0]).toMatchObject({ code: 'relay.open', severity: 'error' });
    maild.configure(smtpListeners(['0.0.0.0'], 'relay_networks = []'));
    await maild.call('server.reload', {});
    const before = (await maild.call('status.get', {})).counters.rejectedMessages;
    const closed = await doctor(maild);
    expect(codesOf(closed.findings)).not.toContain('relay.open');
    const { checks } = await maild.call('doctor.run', {});
    expect(checks.find(({ name }) => name === 'open-relay')?.outcome).toBe('ok');
    expect(maild.logs()).toContain('self-test@elsewhere.invalid');
    // Our own attempts are nobody's messages.
    await until(async () => (await maild.call('status.get', {})).counters.rejectedMessages === before);
  });
});

describe('a domain without records', () => {
  it('is warned of, until that is acknowledged', async () => {
    const dns = await FakeDns.start({
      'ours.example': { MX: [[10, 'maild.test']] },
      'maild.test': { A: ['192.0.2.1'] },
    });
    onTestFinished(() => dns.stop());
    const maild = await startMaild({ config: `domains = ["ours.example"]\ndns.servers = ["${dns.server}"]` });
    const { code, findings } = await doctor(maild);
    expect(code).toBe(0);
    expect(codesOf(findings).toSorted()).toEqual([
      'dkim.not_signing',
      'dns.dmarc_missing',
      'dns.spf_missing',
      'postmaster.missing',
    ]);
    for (const finding of findings) {
      expect(Object.keys(finding)).toEqual(
        expect.arrayContaining(['code', 'severity', 'subject', 'evidence', 'remedy', 'since']),
      );
    }
    const acknowledge = ['doctor', 'acknowledge', 'dns.spf_missing', 'ours.example', '--for', '7d'];
    expect(await runMailctl(maild.socket, acknowledge)).toMatchObject({ code: 0, stderr: '' });
    const codes = async () =>
      (await maild.call('status.get', {})).warnings.list.map((warning) => warning.code);
    expect(await codes()).not.toContain('dns.spf_missing');
    await maild.restart();
    const again = await doctor(maild);
    expect(again.findings.find((finding) => finding.code === 'dns.spf_missing')).toMatchObject({
      acknowledgedUntil: expect.stringMatching(/Z$/),
    });
    expect(await codes()).toContain('dns.dmarc_missing');
    expect(await codes()).not.toContain('dns.spf_missing');
  });
});

describe('the housekeeper', () => {
  it('sends a report that is found in the mailbox of the postmaster, and keeps its history', async () => {
    const maild = await startMaild({ config: 'domains = ["ours.example"]\ndns.timeout = "100ms"' });
    const skipped = await runMailctl(maild.socket, ['housekeeper', 'run', 'daily-report']);
    expect(skipped).toMatchObject({ code: 0, stdout: expect.stringContaining('skipped') });
    await maild.call('accounts.add', { address: 'postmaster@ours.example', password: 'secret word' });
    const sent = await runMailctl(maild.socket, ['housekeeper', 'run', 'daily-report']);
    expect(sent).toMatchObject({ code: 0, stdout: 'daily-report: ok, sent to postmaster@ours.example\n' });
    const { accounts } = await maild.call('accounts.list', {});
    expect(accounts).toMatchObject([{ address: 'postmaster@ours.example', messages: 1 }]);
    for (const task of ['retention', 'database', 'certificate', 'disk-space'] as const) {
      const { run } = await maild.call('housekeeper.run', { task });
      expect(run).toMatchObject({ task, result: 'ok', trigger: 'operator' });
    }
    await maild.kill9();
    await maild.restart();
    const history = await runMailctl(maild.socket, ['housekeeper', 'history', 'daily-report', '--json']);
    expect(jsonLines(history.stdout).map(({ result }) => result)).toEqual(['ok', 'skipped']);
  });
});

describe('Minger', () => {
  const config = `domains = ["ours.example"]
minger.secrets = ["0123456789abcdef"]
[[listeners]]
protocol = "smtp"
port = 0
[[listeners]]
protocol = "minger"
port = 0
`;
  const query = (maild: RunningMaild, address: string, ...more: string[]): Mailctl => {
    const port = maild.listeners.find(({ protocol }) => protocol === 'minger')?.port ?? 0;
    const args = ['minger', 'query', address, '--server', `127.0.0.1:${port}`, ...more];
    return new Mailctl(maild.socket, args, { stdin: '0123456789abcdef\n' });
  };

  it.each([[], ['--udp']])(
    'tells who proves the secret whether an address is there %s',
    async (...transport) => {
      const maild = await startMaild({ config });
      await maild.call('accounts.add', { address: 'ann@ours.example', password: 'secret word' });
      const known = query(maild, 'ann@ours.example', '--password-stdin', ...transport);
      expect(await known.ended).toBe(0);
      expect(known.stdout).toMatch(/^ann@ours\.example: takes mail there \(5 active, \d+ ms\)\n$/);
      const unknown = query(maild, 'eve@ours.example', '--password-stdin', '--json', ...transport);
      expect(await unknown.ended).toBe(1);
      expect(JSON.parse(unknown.stdout)).toMatchObject({ status: 3, meaning: 'unknown' });
      const anonymous = query(maild, 'ann@ours.example', ...transport);
      expect(await anonymous.ended).toBe(1);
      expect(anonymous.stdout).toContain('2 credentials');
      const shown = JSON.stringify(await maild.call('config.show', {}));
      expect(shown + maild.logs()).not.toContain('0123456789abcdef');
    },
  );
});
