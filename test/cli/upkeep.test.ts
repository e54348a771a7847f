import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check, Finding } from '../../shared/api/doctor.ts';
import type { Task, TaskRun } from '../../shared/api/housekeeper.ts';
import { ago, ahead } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(args, { socket: daemon.socket, ...options });

const finding = (changes: Partial<Finding> = {}): Finding => ({
  code: 'dns.spf_missing',
  severity: 'warning',
  subject: 'example.org',
  evidence: 'It has no SPF record: its mail may be taken for spam by those who look for one',
  remedy: 'Add to the DNS: example.org. TXT "v=spf1 mx -all"',
  since: ago(3_600),
  acknowledgedUntil: null,
  ...changes,
});
const checks: Check[] = [
  { name: 'spf', outcome: 'findings', detail: '', durationMs: 12 },
  { name: 'dns', outcome: 'could_not_check', detail: 'no network', durationMs: 5_000 },
];
const doctorFinds = (...findings: Finding[]) =>
  daemon.script({ 'doctor.run': { checkedAt: ago(0), findings, checks } });

describe('doctor', () => {
  it('ends with 1 when there is an error that nobody has acknowledged, otherwise with 0', async () => {
    doctorFinds(finding());
    expect((await run(['doctor'])).code).toBe(0);
    doctorFinds(finding({ severity: 'error' }));
    expect((await run(['doctor'])).code).toBe(1);
    doctorFinds(finding({ severity: 'error', acknowledgedUntil: ahead(60) }));
    expect((await run(['doctor'])).code).toBe(0);
  });

  it('says what could not be checked, apart from what is wrong', async () => {
    doctorFinds();
    const { stdout, stderr } = await run(['doctor']);
    expect(stdout).toBe('');
    expect(stderr).toBe('Nothing is wrong.\n1 of 2 checks were made; could not be checked: dns.\n');
    expect((await run(['doctor', 'run', '--checks'])).stdout).toMatch(
      /^dns +could not check +5000 ms +no network$/m,
    );
  });

  it('gives JSON Lines with the fields that scripts rely on', async () => {
    doctorFinds(finding(), finding({ code: 'relay.open' }));
    const { stdout, stderr } = await run(['doctor', '--json']);
    expect(stderr).toBe('');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([finding(), finding({ code: 'relay.open' })]);
  });

  it('fits a terminal, and keeps what is to be copied in one piece', async () => {
    const record = `Add to the DNS: s1._domainkey.example.org. TXT "v=DKIM1;p=${'A'.repeat(120)}"`;
    doctorFinds(finding(), finding({ remedy: record }), finding({ subject: '\x1b[2Jevil\u202e' }));
    const { stdout } = await run(['doctor', '--no-color'], { tty: true });
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([`  "v=DKIM1;p=${'A'.repeat(120)}"`]);
    expect(stdout).toContain('WARNING dns.spf_missing \\x1b[2Jevil\\u202e since');
    expect(stdout).not.toMatch(/[\x1b\u202e]/);
  });

  it('acknowledges by code and subject, and takes it back', async () => {
    daemon.script({
      'doctor.acknowledge': {
        acknowledgement: { code: 'dns.spf_missing', subject: 'example.org', until: ahead(7 * 86_400) },
      },
    });
    const { stdout } = await run(['doctor', 'acknowledge', 'dns.spf_missing', 'example.org', '--for', '7d']);
    expect(stdout).toMatch(/^dns\.spf_missing example\.org is not warned of until 2026-11-29T/);
    expect(daemon.calls.at(-1)?.params).toEqual({
      code: 'dns.spf_missing',
      subject: 'example.org',
      forSeconds: 604_800,
    });
    const back = await run(['doctor', 'acknowledge', 'dns.spf_missing', '--for', '0']);
    expect(back.stdout).toBe('dns.spf_missing is warned of again.\n');
    expect((await run(['doctor', 'acknowledge', 'dns.spf_missing'])).code).toBe(64);
  });
});

describe('housekeeper', () => {
  const task: Task = {
    name: 'database',
    summary: 'looks after the database',
    state: 'running',
    schedule: '30 3 * * *',
    lastRunAt: ago(120),
    lastResult: null,
    lastDetail: null,
    lastDurationMs: null,
    nextRunAt: ahead(3_600),
  };
  const ended: TaskRun = {
    task: 'database',
    startedAt: ago(10),
    endedAt: ago(7),
    durationMs: 3_100,
    result: 'ok',
    detail: 'no faults',
    trigger: 'operator',
  };

  it('lists the tasks with the one that runs', async () => {
    daemon.script({ 'housekeeper.list': { tasks: [task] } });
    const { stdout } = await run(['housekeeper', '--no-color'], { tty: true });
    expect(stdout).toMatch(/database +running/);
    expect(stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
  });

  it('runs a task and says what came of it; 1 when it failed', async () => {
    daemon.script({ 'housekeeper.run': { run: ended } });
    expect(await run(['housekeeper', 'run', 'database'])).toMatchObject({
      code: 0,
      stdout: 'database: ok, no faults\n',
    });
    daemon.script({ 'housekeeper.run': { run: { ...ended, result: 'failed', detail: 'disk\x07full' } } });
    expect(await run(['housekeeper', 'run', 'database'])).toMatchObject({
      code: 1,
      stdout: 'database: failed, disk\\x07full\n',
    });
    daemon.script({
      'housekeeper.run': { run: { ...ended, endedAt: null, durationMs: null, result: null } },
    });
    expect((await run(['housekeeper', 'run', 'database'])).stdout).toContain('still running');
    expect((await run(['housekeeper', 'run', 'nonsense'])).code).toBe(64);
  });

  it('shows the runs of one task', async () => {
    daemon.script({ 'housekeeper.history': { runs: [ended] } });
    const { stdout } = await run(['housekeeper', 'history', 'database', '--limit', '5']);
    expect(stdout).toMatch(/database +operator +3\.1 s +ok +no faults/);
    expect(daemon.calls.at(-1)?.params).toEqual({ task: 'database', limit: 5 });
  });
});

describe('minger query', () => {
  const answer = (status: number, meaning: 'active' | 'unknown') =>
    daemon.script({
      'minger.query': {
        mailbox: 'a@b.example',
        status,
        meaning,
        server: '::1',
        port: 4069,
        transport: 'udp',
        durationMs: 3,
      },
    });

  it('ends with 0 for an address that takes mail, with 1 for others', async () => {
    answer(5, 'active');
    expect(await run(['minger', 'query', 'a@b.example', '--server', 'mx.example'])).toMatchObject({
      code: 0,
      stdout: 'a@b.example: takes mail there (5 active, 3 ms)\n',
    });
    answer(3, 'unknown');
    expect((await run(['minger', 'query', 'a@b.example', '--server', 'mx.example'])).code).toBe(1);
  });

  it.each([
    ['mx.example', { server: 'mx.example' }],
    ['mx.example:25', { server: 'mx.example', port: 25 }],
    ['[2001:db8::1]:25', { server: '2001:db8::1', port: 25 }],
    ['2001:db8::1', { server: '2001:db8::1' }],
  ])('takes %s as a server', async (text, expected) => {
    answer(5, 'active');
    await run(['minger', 'query', 'a@b.example', '--server', text, '--udp', '--password-stdin'], {
      stdin: 'pw\n',
    });
    expect(daemon.calls.at(-1)?.params).toEqual({
      address: 'a@b.example',
      transport: 'udp',
      secret: 'pw',
      ...expected,
    });
  });

  it('refuses what is no server, and asks for a secret only at a terminal', async () => {
    expect((await run(['minger', 'query', 'a@b.example', '--server', 'mx:99999'])).code).toBe(64);
    expect((await run(['minger', 'query', 'a@b.example', '--server', 'mx', '--secret'])).code).toBe(64);
  });
});
