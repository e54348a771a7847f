/**
 * Decides which reports an outcome causes and makes them into messages of the queue (RFC 3461 5.2, RFC 5321 6.1).
 *
 * A message with the null sender is never reported on: no bounce of a bounce. What cannot be reported is logged.
 */
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { DeliveryJob } from '../queue/message.ts';
import type { DeliveryPort, IntakePort, NewMessage } from '../queue/queue-port.ts';
import type { StoredContent } from './deliver.ts';
import type { Settled } from './outcome.ts';
import { buildReport, type ReportKind } from './report.ts';

export interface ReporterNeeds {
  readonly hostname: string;
  readonly directory: Pick<DirectoryPort, 'resolve'>;
  readonly ids: Pick<IntakePort, 'nextId'>;
  readonly queue: Pick<DeliveryPort, 'content'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Larger messages go back as their header only: a report must not cost more than the mail. */
const MAX_RETURNED_BYTES = 50_000;
/** Of a header that has no end. */
const MAX_HEADER_BYTES = 32_000;

export class Reporter {
  readonly #needs: ReporterNeeds;

  constructor(needs: ReporterNeeds) {
    this.#needs = needs;
  }

  /** The reports that go into the transaction of the outcome: at most one of each kind. */
  async reports(job: DeliveryJob, settled: readonly Settled[]): Promise<readonly NewMessage[]> {
    const groups = (['failed', 'delayed', 'relayed'] as const)
      .map((kind) => ({ kind, recipients: settled.filter((one) => wanted(kind, one)) }))
      .filter(({ recipients }) => recipients.length > 0);
    if (groups.length === 0) return [];
    if (job.envelope.from === '') {
      this.#undeliverable(job, groups, 'the message is itself a report (null sender)');
      return [];
    }
    const route = await this.#route(job.envelope.from);
    if (typeof route === 'string') {
      this.#undeliverable(job, groups, route);
      return [];
    }
    return Promise.all(groups.map(({ kind, recipients }) => this.#message(job, kind, recipients, route)));
  }

  async #message(
    job: DeliveryJob,
    kind: ReportKind,
    recipients: readonly Settled[],
    route: Pick<NewMessage, 'remote' | 'local'>,
  ): Promise<NewMessage> {
    const { envelope, messageId: queueId, createdAt: arrivedAt, expiresAt } = job;
    const report = buildReport({
      kind,
      hostname: this.#needs.hostname,
      to: envelope.from,
      queueId,
      arrivedAt,
      expiresAt,
      envelopeId: envelope.envelopeId,
      recipients,
      // RFC 3461 4.3: RET is about failures; a notice of anything else needs no body.
      returned: await this.#returned(job, kind === 'failed' && envelope.returnContent !== 'headers'),
      at: this.#needs.clock.now(),
      token: randomBytes(12).toString('hex'),
    });
    const { content, subject, messageId } = report;
    return {
      id: this.#needs.ids.nextId(),
      envelope: {
        from: '',
        bodyType: report.eightBit ? '8bitmime' : '7bit',
        smtpUtf8: report.smtpUtf8,
        envelopeId: null,
        returnContent: null,
      },
      content: { sizeBytes: content.length, inline: content, file: null, subject, messageId },
      source: { sessionId: null, remoteAddress: null, user: null },
      ...route,
    };
  }

  /** Where the sender's mail goes; a sentence when it goes nowhere. */
  async #route(sender: string): Promise<Pick<NewMessage, 'remote' | 'local'> | string> {
    // RFC 3461 6.1: nobody is to be told about the fate of a report.
    const recipient = (address: string) => ({ address, notify: 'NEVER', originalRecipient: null });
    const found = await this.#needs.directory.resolve(sender);
    switch (found.kind) {
      case 'foreign':
        return { remote: [recipient(sender)], local: [] };
      case 'known':
        return {
          remote: found.elsewhere.map(recipient),
          local: found.accounts.map(({ address, accountId, folder = null }) => ({
            ...recipient(address),
            accountId,
            folder,
          })),
        };
      case 'unknown':
        return 'the sender is not known here';
      case 'refused':
        return `the sender's mailbox takes no mail: ${found.reason}`;
    }
  }

  async #returned(job: DeliveryJob, whole: boolean): Promise<{ part: 'message' | 'headers'; bytes: Buffer }> {
    try {
      const content = await this.#needs.queue.content(job.messageId);
      if (whole && content.sizeBytes <= MAX_RETURNED_BYTES) {
        return { part: 'message', bytes: await head(content, MAX_RETURNED_BYTES) };
      }
      return { part: 'headers', bytes: headerOf(await head(content, MAX_HEADER_BYTES)) };
    } catch (error) {
      // A report without the message is better than none.
      this.#needs.log.error('content for a report cannot be read', {
        queueId: job.messageId,
        error: errorText(error),
      });
      return { part: 'headers', bytes: Buffer.alloc(0) };
    }
  }

  #undeliverable(job: DeliveryJob, groups: readonly { kind: ReportKind }[], reason: string): void {
    if (!groups.some(({ kind }) => kind === 'failed')) return;
    this.#needs.log.warn('report dropped', { queueId: job.messageId, sender: job.envelope.from, reason });
  }
}

function wanted(kind: ReportKind, { attempt, result }: Settled): boolean {
  const notify = attempt.recipient.notify?.toUpperCase().split(',') ?? null;
  switch (kind) {
    case 'failed':
      return result.outcome === 'failed' && (notify === null || notify.includes('FAILURE'));
    case 'delayed':
      return result.outcome === 'deferred' && result.delayNotified;
    case 'relayed':
      // RFC 3461 5.2.2 (c): a server without DSN will not tell the sender, so we do.
      return result.outcome === 'delivered' && !attempt.dsn && (notify?.includes('SUCCESS') ?? false);
  }
}

async function head(content: StoredContent, bytes: number): Promise<Buffer> {
  if (content.inline !== null) return content.inline.subarray(0, bytes);
  const file = await open(content.path ?? '');
  try {
    const buffer = Buffer.alloc(Math.min(bytes, content.sizeBytes));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Whole lines of the header. */
function headerOf(start: Buffer): Buffer {
  const end = start.indexOf('\r\n\r\n');
  if (end >= 0) return start.subarray(0, end + 2);
  return start.subarray(0, start.lastIndexOf('\n') + 1);
}
