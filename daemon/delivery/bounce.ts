/**
 * Ends messages on an operator's word: every recipient that is pending fails, and the sender gets the report that a
 * refusal by the remote server would have caused. One message is one transaction; reports that have gone cannot be
 * called back, so this verb alone has no undo.
 */
import type { VerbResult } from '../../shared/api/queue.ts';
import type { DeliveryJob } from '../queue/message.ts';
import type { Queue } from '../queue/queue.ts';
import type { ActiveDeliveries } from '../queue/queue-port.ts';
import { requireSelection, type VerbParams } from '../queue/queue-verbs.ts';
import type { RecipientAttempt } from './deliver.ts';
import type { Recorder } from './recorder.ts';

export interface BounceNeeds {
  readonly queue: Pick<Queue, 'select' | 'pendingJobs' | 'missing'>;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly active: ActiveDeliveries;
}

/** Messages between two looks at what is being delivered. */
const stepMessages = 100;
const maxRefusedListed = 100;

/** Throws MaildError `params.invalid` for a filter that says nothing. */
export async function bounce(params: VerbParams, needs: BounceNeeds): Promise<VerbResult> {
  requireSelection(params);
  const { queue, recorder, active } = needs;
  const refused: VerbResult['refused'] = [];
  const tally = { matched: 0, changed: 0, bytes: 0, refusedCount: 0 };
  const notFound = params.filter.ids ? await queue.missing(params.filter.ids) : [];
  let after = 0;
  for (let more = true; more; ) {
    const step = await active.quiesce(async () => {
      const busy = new Set(active.ids());
      const selected = await queue.select(params.filter, after, stepMessages);
      const free = selected.filter(({ id }) => !busy.has(id));
      if (!params.dryRun) {
        for (const job of mergeByMessage(await queue.pendingJobs(free.map(({ id }) => id)))) {
          await recorder.record(job, failedAttempt(job, params.reason));
        }
      }
      return { selected, free };
    });
    const { selected, free } = step;
    for (const { id } of selected.filter((message) => !free.includes(message))) {
      tally.refusedCount++;
      if (refused.length < maxRefusedListed)
        refused.push({ id, reason: 'is being delivered at this moment' });
    }
    tally.matched += selected.length;
    tally.changed += free.length;
    tally.bytes += free.reduce((sum, { size }) => sum + size, 0);
    after = selected.at(-1)?.id ?? after;
    more = selected.length === stepMessages;
  }
  return { ...tally, notFound: [...notFound], refused, operation: null, dryRun: params.dryRun === true };
}

/** One report names all recipients that fail, whatever their domains. */
function mergeByMessage(jobs: readonly DeliveryJob[]): DeliveryJob[] {
  const merged = new Map<number, DeliveryJob>();
  for (const job of jobs) {
    const before = merged.get(job.messageId);
    merged.set(
      job.messageId,
      before ? { ...before, recipients: [...before.recipients, ...job.recipients] } : job,
    );
  }
  return [...merged.values()];
}

function failedAttempt(job: DeliveryJob, reason: string | undefined) {
  const recipients = job.recipients.map(
    (recipient): RecipientAttempt => ({
      recipient,
      kind: 'permanent',
      host: null,
      address: null,
      durationMs: 0,
      code: null,
      // RFC 3463: other or undefined protocol status; a person, not a server, gave it up.
      enhancedCode: '5.0.0',
      reply: reason === undefined ? 'Given up by the postmaster' : `Given up by the postmaster: ${reason}`,
      tls: null,
      sessionId: null,
      dsn: false,
    }),
  );
  return { recipients, unreachable: false, interrupted: null, durationMs: 0 };
}
