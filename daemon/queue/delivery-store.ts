/** What the scheduler reads: which domains have something due, which messages, and when the next is. */
import type { Reader } from '../store/store-port.ts';
import type { DeliveryJob, JobRecipient } from './message.ts';

/** Domains with something due, longest due first. Costs the domains in `except` and those answered, however long the queue. */
export async function readDueDomains(
  reader: Reader,
  now: number,
  except: readonly string[],
  limit: number,
): Promise<string[]> {
  const rows = await reader.all<{ domain: string }>(
    `SELECT domain FROM destinations
      WHERE due_at <= ?1 AND domain NOT IN (SELECT value FROM json_each(?2)) ORDER BY due_at LIMIT ?3`,
    [now, JSON.stringify(except), limit],
  );
  return rows.map((row) => row.domain);
}

export async function readNextDueAt(reader: Reader, now: number): Promise<number | null> {
  const row = await reader.get<{ at: number | null }>(
    'SELECT min(due_at) AS at FROM destinations WHERE due_at > ?1',
    [now],
  );
  return row?.at ?? null;
}

interface JobRow {
  readonly id: number;
  readonly sender: string;
  readonly size: number;
  readonly created_at: number;
  readonly expires_at: number;
  readonly body_type: '7bit' | '8bitmime';
  readonly smtp_utf8: number;
  readonly envelope_id: string | null;
  readonly return_content: 'full' | 'headers' | null;
  readonly source_session: number | null;
  readonly source_address: string | null;
  readonly source_user: string | null;
  readonly n: number;
  readonly address: string;
  readonly attempts: number;
  readonly notify: string | null;
  readonly original_recipient: string | null;
  readonly delay_notified: number;
}

const jobColumns = `m.id, m.sender, m.size, m.created_at, m.expires_at, m.body_type, m.smtp_utf8, m.envelope_id,
  m.return_content, m.source_session, m.source_address, m.source_user,
  r.n, r.address, r.attempts, r.notify, r.original_recipient, r.delay_notified`;

/** Jobs of a domain, longest due first, each with all its recipients in that domain that are due. */
export async function readDueJobs(
  reader: Reader,
  domain: string,
  now: number,
  except: readonly number[],
  limit: number,
): Promise<DeliveryJob[]> {
  const rows = await reader.all<JobRow>(
    `SELECT ${jobColumns}
       FROM (SELECT DISTINCT message_id
               FROM (SELECT message_id FROM recipients
                      WHERE domain = ?1 AND due_at IS NOT NULL AND due_at <= ?2
                        AND message_id NOT IN (SELECT value FROM json_each(?3))
                      ORDER BY due_at LIMIT ?4)) AS due
       JOIN messages AS m ON m.id = due.message_id
       JOIN recipients AS r ON r.message_id = due.message_id AND +r.domain = ?1 AND +r.due_at <= ?2
      ORDER BY r.due_at, m.id, r.n`,
    [domain, now, JSON.stringify(except), limit],
  );
  const jobs = jobsOf(domain, rows);
  const bodies = await readSmallBodies(reader, jobs);
  return jobs.map((job) => ({ ...job, inline: bodies.get(job.messageId) ?? null }));
}

/** Small enough that a lane's worth of jobs fetched ahead does not weigh. */
const smallBytes = 16_384;

async function readSmallBodies(reader: Reader, jobs: readonly DeliveryJob[]): Promise<Map<number, Buffer>> {
  const small = jobs.filter((job) => job.sizeBytes <= smallBytes).map((job) => job.messageId);
  if (small.length === 0) return new Map();
  const rows = await reader.all<{ id: number; body: Buffer }>(
    `SELECT m.id, c.body FROM messages AS m JOIN contents AS c ON c.id = m.content_id
      WHERE m.id IN (SELECT value FROM json_each(?1)) AND c.body IS NOT NULL`,
    [JSON.stringify(small)],
  );
  return new Map(rows.map((row) => [row.id, row.body]));
}

/** The job of a domain's pending recipients of one message, whether due or not: what a bounce on request ends. */
export async function readPendingJobs(reader: Reader, ids: readonly number[]): Promise<DeliveryJob[]> {
  const rows = await reader.all<JobRow & { readonly domain: string }>(
    `SELECT ${jobColumns}, r.domain FROM messages AS m JOIN recipients AS r ON r.message_id = m.id
      WHERE m.id IN (SELECT value FROM json_each(?1)) AND m.finished_at IS NULL AND r.state = 'pending'
      ORDER BY m.id, r.domain, r.n`,
    [JSON.stringify(ids)],
  );
  const jobs: DeliveryJob[] = [];
  for (const domain of new Set(rows.map((row) => row.domain))) {
    jobs.push(
      ...jobsOf(
        domain,
        rows.filter((row) => row.domain === domain),
      ),
    );
  }
  return jobs;
}

function jobsOf(domain: string, rows: readonly JobRow[]): DeliveryJob[] {
  const byMessage = new Map<number, { job: DeliveryJob; recipients: JobRecipient[] }>();
  for (const row of rows) {
    let entry = byMessage.get(row.id);
    if (!entry) {
      const recipients: JobRecipient[] = [];
      entry = { job: jobOf(domain, row, recipients), recipients };
      byMessage.set(row.id, entry);
    }
    entry.recipients.push({
      n: row.n,
      address: row.address,
      attempts: row.attempts,
      notify: row.notify,
      originalRecipient: row.original_recipient,
      delayNotified: row.delay_notified === 1,
    });
  }
  return [...byMessage.values()].map((entry) => entry.job);
}

function jobOf(domain: string, row: JobRow, recipients: readonly JobRecipient[]): DeliveryJob {
  return {
    messageId: row.id,
    domain,
    envelope: {
      from: row.sender,
      bodyType: row.body_type,
      smtpUtf8: row.smtp_utf8 === 1,
      envelopeId: row.envelope_id,
      returnContent: row.return_content,
    },
    recipients,
    sizeBytes: row.size,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    source: { sessionId: row.source_session, remoteAddress: row.source_address, user: row.source_user },
  };
}
