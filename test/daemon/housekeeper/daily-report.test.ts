import { describe, expect, it } from 'vitest';
import type { Resolution } from '../../../daemon/accounts/directory-port.ts';
import type { ReportFacts } from '../../../daemon/housekeeper/report/report-data.ts';
import { reportHtml } from '../../../daemon/housekeeper/report/report-html.ts';
import { buildReportMessage } from '../../../daemon/housekeeper/report/report-message.ts';
import { ReportStore } from '../../../daemon/housekeeper/report/report-store.ts';
import { reportText } from '../../../daemon/housekeeper/report/report-text.ts';
import { type DailyReportNeeds, dailyReportTask } from '../../../daemon/housekeeper/tasks/daily-report.ts';
import type { Counters } from '../../../shared/api/server.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { FakeDirectory } from '../../helpers/fake-directory.ts';
import { FakeIntake } from '../../helpers/fake-intake.ts';
import { testQueue } from '../../helpers/test-queue.ts';

const signal = new AbortController().signal;
const day = 86_400_000;
const now = Date.UTC(2026, 0, 2, 6);
const emptyQueue = { total: 0, ready: 0, active: 0, deferred: 0, held: 0, bytes: 0, oldestAt: null };
const counters = (processedMessages: number): Counters => ({
  since: '2026-01-01T00:00:00.000Z',
  processedMessages,
  virusesDetected: 0,
  spamMessages: 0,
  deliveredMessages: 0,
  bouncedMessages: 0,
  rejectedMessages: 0,
  collectedMessages: 0,
});
const hostile = '<b>"x"</b>\x1b[2J\u202e@strange.example';

const facts = (changes: Partial<ReportFacts> = {}): ReportFacts => ({
  hostname: 'mail.example.org',
  from: now - day,
  to: now,
  counters: new Map([['processedMessages', 1_234]]),
  hours: [0, 5, 10],
  incoming: [{ name: 'ann@example.org', messages: 20, bytes: 5_000 }],
  outgoing: [],
  senders: [
    { name: hostile, messages: 10, bytes: 10 },
    { name: 'bob@elsewhere.example', messages: 5, bytes: 10 },
  ],
  idle: [{ address: 'old@example.org', lastLoginAt: null }],
  queue: { ...emptyQueue, total: 3, deferred: 3, oldestAt: new Date(now - 7_200_000).toISOString() },
  waiting: [],
  warnings: [
    {
      code: 'dns.mx_missing',
      severity: 'warning',
      subject: 'example.org',
      evidence: 'The domain has no MX record: mail for it may not find this server',
      remedy: 'Add one & see',
      since: '2026-01-01T00:00:00.000Z',
    },
  ],
  ...changes,
});

async function world(changes: Partial<DailyReportNeeds> = {}) {
  const clock = new FakeClock(now);
  const { store, add } = await testQueue(clock);
  const intake = new FakeIntake();
  let total = 10;
  const needs: DailyReportNeeds = {
    hostname: 'mail.example.com',
    idleAccountMs: () => 30 * day,
    reportTo: () => 'alice@example.com',
    domains: () => ['example.com'],
    directory: new FakeDirectory(),
    intake,
    store: new ReportStore(store, store),
    queue: async () => emptyQueue,
    totals: async () => counters(total),
    warnings: () => [],
    clock,
    ...changes,
  };
  const run = () => dailyReportTask(needs).run(signal);
  const text = (): string => {
    const content = intake.list.at(-1)?.content.inline?.toString() ?? '';
    return content.replaceAll('=\r\n', '').replaceAll('=3D', '=').replaceAll('\r\n', '\n');
  };
  return { run, intake, add, store, clock, text, count: (n: number) => (total = n) };
}

describe('the text of a report', () => {
  const text = reportText(facts());

  it('has a bar for each count', () => {
    expect(text).toMatch(/bob@elsewhere\.example\s+5\s+10 B {2}#{12}$/m);
    expect(text).toMatch(/^07:00\s+10\s+#{24}$|^08:00\s+10\s+#{24}$/m);
  });

  it('shows hostile text as text', () => {
    expect(text).toContain('<b>"x"</b>\\x1b[2J\\u202e@strange.example');
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  });

  it('tells warnings in full, and what is empty', () => {
    expect(text).toContain('    The domain has no MX record: mail for it may not find this server\n');
    expect(text).toContain('Nobody here sent mail.');
    expect(text).toMatch(/^old@example\.org {2}never$/m);
    expect(text).toMatch(/^Oldest\s+2h 00m$/m);
  });
});

describe('the HTML of a report', () => {
  const html = reportHtml(facts());

  it('lets nothing of a stranger become markup', () => {
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;b&gt;&quot;x&quot;&lt;/b&gt;\\x1b[2J\\u202e@strange.example');
    expect(html).toContain('Add one &amp; see');
  });

  it('has bars without images, and loads nothing', () => {
    expect(html).toMatch(/width:160px/);
    expect(html).toMatch(/width:80px/);
    expect(html).not.toMatch(/<img|src=|href=|url\(/);
  });
});

describe('the message of a report', () => {
  it('is text and HTML, by a machine', async () => {
    const { content, subject, messageId } = await buildReportMessage(facts(), 'pm@example.org', 'abc');
    const text = content.toString();
    expect(messageId).toBe('<abc@mail.example.org>');
    expect(subject).toBe('Daily report of mail.example.org, 2026-01-02');
    expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(text).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(text.match(/^Content-Type: text\/(plain|html)/gm)).toHaveLength(2);
    expect(text.split('\r\n').every((line) => /^[\x20-\x7e\t]{0,998}$/.test(line))).toBe(true);
  });
});

describe('the task', () => {
  it('sends it to the postmaster of the configuration, with the null sender', async () => {
    const { run, intake } = await world();
    expect(await run()).toEqual({ result: 'ok', detail: 'sent to alice@example.com' });
    expect(intake.only).toMatchObject({
      envelope: { from: '' },
      local: [{ address: 'alice@example.com', accountId: 1, notify: 'NEVER' }],
      remote: [],
    });
  });

  it('sends it elsewhere when the configuration says so', async () => {
    const { run, intake } = await world({ reportTo: () => 'pm@elsewhere.example' });
    await run();
    expect(intake.only).toMatchObject({ local: [], remote: [{ address: 'pm@elsewhere.example' }] });
  });

  it('finds a postmaster among the accounts, and is skipped without one', async () => {
    const directory = new FakeDirectory();
    const { run, intake } = await world({ reportTo: () => null, directory });
    expect(await run()).toMatchObject({ result: 'skipped' });
    const known: Resolution = {
      kind: 'known',
      accounts: [{ accountId: 2, address: 'bob@example.com' }],
      elsewhere: [],
    };
    directory.aliases.set('postmaster@example.com', known);
    expect(await run()).toMatchObject({ result: 'ok', detail: 'sent to postmaster@example.com' });
    expect(intake.only.local).toMatchObject([{ address: 'bob@example.com', accountId: 2 }]);
  });

  it('fails when no mail is taken', async () => {
    const { run, intake } = await world();
    intake.refused = { code: 452, enhancedCode: '4.3.1', text: 'Insufficient storage' };
    await expect(run()).rejects.toThrow('Insufficient storage');
    expect(intake.list).toEqual([]);
  });

  it('tells the mail of the last day and what was counted since the report before', async () => {
    const { run, add, text, clock, count } = await world();
    await add({ from: 'long-ago@elsewhere.example' });
    clock.advance(2 * day - 60_000);
    await add({ from: 'Eve@elsewhere.example' });
    await add({ from: 'eve@elsewhere.example', to: ['x@waiting.example'] });
    clock.advance(60_000);
    await run();
    expect(text()).toMatch(/^eve@elsewhere\.example\s+2 /m);
    expect(text()).not.toContain('long-ago@');
    expect(text()).toMatch(/^waiting\.example\s+1 /m);
    expect(text()).toMatch(/^05:00\s+2 /m);
    expect(text()).toMatch(/^Processed\s+10\s*$/m);
    count(17);
    await run();
    expect(text()).toMatch(/^Processed\s+7\s*$/m);
  });
});
