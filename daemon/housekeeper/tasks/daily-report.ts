/** Gathers the facts of the last day and sends them to the postmaster, by the door that all mail comes in by. */
import { randomBytes } from 'node:crypto';
import type { Counters, Status, Warning } from '../../../shared/api/server.ts';
import type { DirectoryPort, Resolution } from '../../accounts/directory-port.ts';
import type { Clock } from '../../clock.ts';
import { MaildError } from '../../errors.ts';
import type { IncomingMessage, IntakePort } from '../../intake/intake-port.ts';
import type { ReportFacts } from '../report/report-data.ts';
import { buildReportMessage } from '../report/report-message.ts';
import type { ReportStore } from '../report/report-store.ts';
import type { Task } from '../task.ts';

export interface DailyReportNeeds {
  readonly hostname: string;
  readonly idleAccountMs: () => number;
  /** Who gets it, when the configuration says so; otherwise the first postmaster of a domain of ours. */
  readonly reportTo: () => string | null;
  readonly domains: () => readonly string[];
  readonly directory: Pick<DirectoryPort, 'resolve'>;
  readonly intake: IntakePort;
  readonly store: ReportStore;
  readonly queue: () => Promise<Status['queue']>;
  readonly totals: () => Promise<Counters>;
  readonly warnings: () => readonly Warning[];
  readonly clock: Clock;
}

const hourMs = 3_600_000;
const dayHours = 24;

export const dailyReportTask = (needs: DailyReportNeeds): Task => ({
  name: 'daily-report',
  summary: 'sends a report of the last day to the postmaster',
  async run() {
    const to = await postmaster(needs);
    if (to === null) {
      return { result: 'skipped', detail: 'there is no postmaster to send it to: set housekeeper.report_to' };
    }
    const refusal = needs.intake.refusal();
    if (refusal !== null) throw new MaildError('housekeeper.report', `no mail is taken: ${refusal.text}`);
    const { facts, totals } = await gather(needs);
    const message = await buildReportMessage(facts, to.address, randomBytes(12).toString('hex'));
    await needs.intake.accept(needs.intake.nextId(), reportOf(message, to));
    await needs.store.setReported(totals, facts.to);
    return { result: 'ok', detail: `sent to ${to.address}` };
  },
});

interface Recipient {
  readonly address: string;
  readonly resolution: Resolution;
}

async function postmaster({ reportTo, domains, directory }: DailyReportNeeds): Promise<Recipient | null> {
  const named = reportTo();
  const candidates = named === null ? domains().map((domain) => `postmaster@${domain}`) : [named];
  for (const address of candidates) {
    const resolution = await directory.resolve(address);
    if (resolution.kind === 'known' || (resolution.kind === 'foreign' && named !== null))
      return { address, resolution };
  }
  return null;
}

function reportOf(
  { content, subject, messageId }: Awaited<ReturnType<typeof buildReportMessage>>,
  { address, resolution }: Recipient,
): IncomingMessage {
  // RFC 3461 6.1, RFC 3834 3.3: nobody is told about the fate of what a machine sent.
  const recipient = (one: string) => ({ address: one, notify: 'NEVER', originalRecipient: null });
  const known = resolution.kind === 'known' ? resolution : { accounts: [], elsewhere: [address] };
  return {
    envelope: { from: '', bodyType: '7bit', smtpUtf8: false, envelopeId: null, returnContent: null },
    content: { sizeBytes: content.length, inline: content, file: null, subject, messageId },
    source: { sessionId: null, remoteAddress: null, user: null },
    remote: known.elsewhere.map(recipient),
    local: known.accounts.map(({ address: one, accountId, folder = null }) => ({
      ...recipient(one),
      accountId,
      folder,
    })),
  };
}

async function gather(needs: DailyReportNeeds) {
  const { store, clock, hostname } = needs;
  const to = clock.now();
  // Whole hours of the clock: a little more than a day.
  const from = Math.floor(to / hourMs - dayHours) * hourMs;
  // One after the other: the readers of the database are for others, too.
  const hours = await store.hours(from);
  const incoming = await store.incoming(from);
  const outgoing = await store.outgoing(from);
  const senders = await store.senders(from);
  const waiting = await store.waiting();
  const idle = await store.idle(to - needs.idleAccountMs());
  const reported = await store.reported();
  const { since: _, ...counters } = await needs.totals();
  const totals = new Map(Object.entries(counters));
  const facts: ReportFacts = {
    hostname,
    from,
    to,
    counters: new Map([...totals].map(([name, value]) => [name, value - (reported.values.get(name) ?? 0)])),
    hours: Array.from(
      { length: Math.ceil((to - from) / hourMs) },
      (_, hour) => hours.find((one) => one.hour === hour)?.messages ?? 0,
    ),
    incoming,
    outgoing,
    senders,
    waiting,
    idle,
    queue: await needs.queue(),
    warnings: needs.warnings(),
  };
  return { facts, totals };
}
