/** One message whole: envelope, recipients, attempts; and its content. */
import type { Attempt, MessageDetail, QueuedRecipient } from '../../shared/api/queue.ts';
import { isoTime, isoTimeOrNull } from '../clock.ts';
import type { Reader } from '../store/store-port.ts';
import type { Listing } from './accept-program.ts';

interface MessageRow {
  readonly id: number;
  readonly state: 'ready' | 'deferred' | 'held' | 'done' | 'removed';
  readonly state_before: string | null;
  readonly next_attempt_at: number | null;
  readonly attempts: number;
  readonly last_reply: string | null;
  readonly body_type: '7bit' | '8bitmime';
  readonly smtp_utf8: number;
  readonly envelope_id: string | null;
  readonly return_content: 'full' | 'headers' | null;
  readonly listing: string;
  readonly held_reason: string | null;
  readonly finished_at: number | null;
}

interface RecipientRow {
  readonly n: number;
  readonly address: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly due_at: number | null;
  readonly notify: string | null;
  readonly original_recipient: string | null;
}

interface AttemptRow {
  readonly n: number;
  readonly at: number;
  readonly host: string | null;
  readonly address: string | null;
  readonly duration_ms: number;
  readonly code: number | null;
  readonly enhanced_code: string | null;
  readonly reply: string;
  readonly tls: string | null;
}

/** Undefined when there is no such message, or its history has been cleared away. */
export async function readDetail(
  reader: Reader,
  id: number,
  isActive: boolean,
): Promise<MessageDetail | undefined> {
  const message = await reader.get<MessageRow>('SELECT * FROM messages WHERE id = ?1', [id]);
  if (!message) return undefined;
  const recipients = await reader.all<RecipientRow>(
    `SELECT n, address, state, due_at, notify, original_recipient FROM recipients WHERE message_id = ?1 ORDER BY n`,
    [id],
  );
  const attempts = await reader.all<AttemptRow>(
    `SELECT n, at, host, address, duration_ms, code, enhanced_code, reply, tls FROM attempts
      WHERE message_id = ?1 ORDER BY n, attempt`,
    [id],
  );
  const attemptsOf = new Map<number, Attempt[]>();
  for (const row of attempts) {
    const list = attemptsOf.get(row.n) ?? [];
    list.push(attemptOf(row));
    attemptsOf.set(row.n, list);
  }
  return {
    ...messageOf(message, isActive),
    recipients: recipients.map(
      (row): QueuedRecipient => ({
        address: row.address,
        state: row.state,
        nextAttemptAt: isoTimeOrNull(row.due_at),
        notify: row.notify,
        originalRecipient: row.original_recipient,
        attempts: attemptsOf.get(row.n) ?? [],
      }),
    ),
  };
}

function messageOf(row: MessageRow, isActive: boolean): Omit<MessageDetail, 'recipients'> {
  const finished = row.state === 'done' || row.state === 'removed';
  const stored = finished ? row.state_before : row.state;
  const listing: Listing = JSON.parse(`{${row.listing}}`);
  return {
    ...listing,
    id: row.id,
    state: isActive ? 'active' : stored === 'held' || stored === 'deferred' ? stored : 'ready',
    outcome: row.state === 'done' || row.state === 'removed' ? row.state : 'queued',
    finishedAt: isoTimeOrNull(row.finished_at),
    nextAttemptAt: finished ? null : isoTimeOrNull(row.next_attempt_at),
    attempts: row.attempts,
    lastReply: row.last_reply,
    bodyType: row.body_type,
    smtpUtf8: row.smtp_utf8 === 1,
    envelopeId: row.envelope_id,
    returnContent: row.return_content,
    heldReason: row.held_reason,
  };
}

function attemptOf(row: AttemptRow): Attempt {
  return {
    at: isoTime(row.at),
    host: row.host,
    address: row.address,
    durationMs: row.duration_ms,
    code: row.code,
    enhancedCode: row.enhanced_code,
    reply: row.reply,
    tls: row.tls,
  };
}

export interface StoredContent {
  readonly sizeBytes: number;
  readonly inline: Buffer | null;
  /** Relative to the state directory. */
  readonly file: string | null;
}

/** Content of a message; undefined when it has gone, as it does when a message is done. */
export async function readContent(reader: Reader, id: number): Promise<StoredContent | undefined> {
  const row = await reader.get<{ size: number; body: Buffer | null; file: string | null }>(
    `SELECT c.size, c.body, c.file FROM messages AS m JOIN contents AS c ON c.id = m.content_id WHERE m.id = ?1`,
    [id],
  );
  return row && { sizeBytes: row.size, inline: row.body, file: row.file };
}
