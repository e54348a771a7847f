/**
 * What an attempt means for each recipient: delivered, failed for good, or due again and when. Turns a temporary
 * failure into a final one when the time of the message is over, and says when a notice of delay is due.
 */
import type { Config } from '../config/config.ts';
import type { DeliveryJob, RecipientResult } from '../queue/message.ts';
import type { JobAttempt, RecipientAttempt } from './deliver.ts';
import { retryDelay } from './retry.ts';

export interface Settled {
  readonly attempt: RecipientAttempt;
  readonly result: RecipientResult;
}

export interface Moment {
  /** Wall time, for what is shown and stored. */
  readonly now: number;
  /** The time by which mail is given up; see {@link CautiousTime}. */
  readonly cautious: number;
  /** 0 to 1. */
  readonly random: () => number;
}

export type RetryConfig = Pick<Config['delivery'], 'retryScheduleMs' | 'delayNoticeAfterMs'>;

/** An operator who ends a session wants it quiet for a moment; the remote server is not to blame. */
const KILLED_RETRY_MS = 60_000;

export function settle(
  job: DeliveryJob,
  { recipients, interrupted, waits = false }: JobAttempt,
  config: RetryConfig,
  moment: Moment,
): readonly Settled[] {
  return recipients.map((attempt) => {
    if (attempt.kind === 'delivered') return { attempt, result: result(attempt, 'delivered') };
    if (attempt.kind === 'permanent') return { attempt, result: result(attempt, 'failed') };
    if (interrupted === null && moment.cautious >= job.expiresAt) {
      // RFC 3463 X.4.7: delivery time expired. The last reply says why it took so long.
      const reply = `Delivery time expired; the last attempt: ${attempt.reply}`;
      return { attempt, result: { ...result(attempt, 'failed'), enhancedCode: '4.4.7', reply } };
    }
    // Until its connection asks for it: then all that waits is made due.
    if (waits) {
      const nextAttemptAt = Math.max(job.expiresAt, moment.now + KILLED_RETRY_MS);
      return { attempt, result: { ...result(attempt, 'deferred'), nextAttemptAt } };
    }
    const delay =
      interrupted === null
        ? retryDelay(config.retryScheduleMs, attempt.recipient.attempts + 1, moment.random)
        : KILLED_RETRY_MS;
    // The last try is made when the time is over, not a whole interval later; never at once, whatever the clock says.
    const lastChance = Math.max(job.expiresAt, moment.now + Math.min(delay, KILLED_RETRY_MS));
    const nextAttemptAt = Math.min(moment.now + delay, lastChance);
    const delayNotified = noticeDue(job, attempt, config.delayNoticeAfterMs, moment);
    return { attempt, result: { ...result(attempt, 'deferred'), nextAttemptAt, delayNotified } };
  });
}

function noticeDue(job: DeliveryJob, attempt: RecipientAttempt, afterMs: number, moment: Moment): boolean {
  const { delayNotified, notify } = attempt.recipient;
  if (afterMs === 0 || delayNotified || job.envelope.from === '') return false;
  // RFC 3461 4.1: without a NOTIFY parameter a notice of delay is up to us.
  const wanted = notify === null || notify.toUpperCase().split(',').includes('DELAY');
  return wanted && moment.cautious - job.createdAt >= afterMs;
}

function result(attempt: RecipientAttempt, outcome: RecipientResult['outcome']): RecipientResult {
  const { recipient, host, address, durationMs, code, enhancedCode, reply, tls } = attempt;
  return {
    n: recipient.n,
    outcome,
    host,
    address,
    durationMs,
    code,
    enhancedCode,
    reply,
    tls,
    nextAttemptAt: null,
    delayNotified: false,
  };
}
