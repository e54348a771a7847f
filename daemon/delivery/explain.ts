/**
 * Why a message has not gone out, when it will be tried next, and what would help.
 *
 * Asks those who know at this moment (scheduler, server, store); what stands in the database is only half the answer.
 */
import type { Explanation, MessageDetail } from '../../shared/api/queue.ts';
import type { Pause } from '../../shared/api/server.ts';
import { type Clock, isoTime } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { MaildError } from '../errors.ts';
import { domainOf } from '../queue/accept-program.ts';
import type { DomainState } from './delivery.ts';

/** What is true now beside the message itself. */
export interface ExplainNeeds {
  readonly clock: Clock;
  readonly limits: () => Pick<Config['delivery'], 'concurrency' | 'concurrencyPerDomain'>;
  readonly serverRunning: () => boolean;
  readonly deliveryPause: () => Pause | null;
  /** Null while the database is well. */
  readonly storeProblem: () => string | null;
  readonly domains: () => readonly DomainState[];
  /** What the delivery of this message is doing, while it is under way. */
  readonly progress: (messageId: number) => string | null;
  /** Why mail for a domain waits for its connection, and for which; null when it does not. */
  readonly waits: (domain: string) => { readonly connection: string; readonly why: string } | null;
  /** Where mail for a domain would go now. */
  readonly via: (domain: string) => Promise<string>;
}

type Reason = Explanation['reasons'][number];

/** More domains than this are not looked up for one explanation. */
const maxDestinations = 20;

/** Throws MaildError `queue.finished` when the message has left the queue. */
export async function explain(message: MessageDetail, needs: ExplainNeeds): Promise<Explanation> {
  if (message.outcome !== 'queued') throw finished(message);
  const pending = message.recipients.filter((recipient) => recipient.state === 'pending');
  const perDomain = new Map<string, number>();
  for (const { address } of pending) {
    const domain = domainOf(address);
    perDomain.set(domain, (perDomain.get(domain) ?? 0) + 1);
  }
  const destinations = [...perDomain].slice(0, maxDestinations).map(async ([domain, count]) => ({
    domain,
    via: await needs.via(domain),
    pending: count,
  }));
  return {
    id: message.id,
    state: message.state,
    reasons: [...obstacles(needs), ...ownReasons(message, [...perDomain.keys()], needs)],
    nextAttemptAt: message.nextAttemptAt,
    expiresAt: message.expiresAt,
    destinations: await Promise.all(destinations),
  };
}

/** What keeps every message back. */
function obstacles(needs: ExplainNeeds): Reason[] {
  const reasons: Reason[] = [];
  const problem = needs.storeProblem();
  if (problem !== null) {
    reasons.push({
      code: 'store_problem',
      text: `The database is in trouble: ${problem}`,
      remedy: 'mailctl status',
    });
  }
  if (!needs.serverRunning()) {
    reasons.push({ code: 'server_stopped', text: 'The server is stopped.', remedy: 'mailctl server start' });
  }
  const pause = needs.deliveryPause();
  if (pause) {
    const until = pause.until === null ? 'until it is resumed' : `until ${pause.until}`;
    const why = pause.reason === null ? '' : ` (${pause.reason})`;
    reasons.push({
      code: 'paused',
      text: `Delivering is paused since ${pause.since} ${until}${why}.`,
      remedy: 'mailctl server resume delivering',
    });
  }
  return reasons;
}

/** What is the matter with this one. */
function ownReasons(message: MessageDetail, domains: readonly string[], needs: ExplainNeeds): Reason[] {
  const { id } = message;
  if (message.state === 'active') {
    const doing = needs.progress(id) ?? 'the attempt has begun';
    return [
      { code: 'being_delivered', text: `It is being delivered at this moment: ${doing}.`, remedy: null },
    ];
  }
  if (message.state === 'held') {
    const why = message.heldReason === null ? '' : `: ${message.heldReason}`;
    return [{ code: 'held', text: `An operator holds it${why}.`, remedy: `mailctl queue release ${id}` }];
  }
  const connections = domains.flatMap((domain) => needs.waits(domain) ?? []);
  if (connections.length > 0) return uniqueByName(connections).map(waitingForConnection);
  const next = message.nextAttemptAt;
  if (next !== null && Date.parse(next) > needs.clock.now()) return [waiting(message, next)];
  return dueReasons(id, domains, needs);
}

const uniqueByName = (waits: readonly Waiting[]): readonly Waiting[] => [
  ...new Map(waits.map((one) => [one.connection, one])).values(),
];

type Waiting = NonNullable<ReturnType<ExplainNeeds['waits']>>;

const waitingForConnection = ({ connection, why }: Waiting): Reason => ({
  code: 'waiting_for_connection',
  text: `${why}.`,
  remedy: `mailctl connect-now ${connection}`,
});

function waiting(message: MessageDetail, next: string): Reason {
  const { id, attempts, lastReply } = message;
  const failed = attempts === 1 ? 'The attempt so far failed for now' : `${attempts} attempts failed for now`;
  return {
    code: 'waiting_for_retry',
    text: `${failed}; the last answer was: ${lastReply ?? 'none'}. It is tried again at ${next}, and given up at ${message.expiresAt}.`,
    remedy: `mailctl queue send-now ${id}`,
  };
}

function dueReasons(id: number, domains: readonly string[], needs: ExplainNeeds): Reason[] {
  const { concurrency, concurrencyPerDomain } = needs.limits();
  const states = needs.domains();
  const reasons: Reason[] = [];
  for (const state of states.filter(({ domain }) => domains.includes(domain))) {
    if (state.backoffUntil !== null) {
      reasons.push({
        code: 'host_unreachable',
        text: `No host of ${state.domain} could be reached (${state.lastReply ?? 'no reply'}); the domain rests until ${isoTime(state.backoffUntil)}.`,
        remedy: `mailctl queue send-now ${id}`,
      });
    } else if (state.active >= concurrencyPerDomain) {
      reasons.push({
        code: 'domain_busy',
        text: `${state.active} deliveries to ${state.domain} are under way, as many as delivery.concurrency_per_domain allows.`,
        remedy: null,
      });
    }
  }
  const active = states.reduce((sum, state) => sum + state.active, 0);
  if (reasons.length === 0 && active >= concurrency) {
    reasons.push({
      code: 'limit_reached',
      text: `${active} deliveries are under way, as many as delivery.concurrency allows.`,
      remedy: null,
    });
  }
  if (reasons.length === 0)
    reasons.push({
      code: 'due',
      text: 'It is due and will be tried as soon as delivery runs.',
      remedy: null,
    });
  return reasons;
}

function finished(message: MessageDetail): MaildError {
  const what = message.outcome === 'removed' ? 'was removed' : 'is finished';
  return new MaildError(
    'queue.finished',
    `message ${message.id} ${what} since ${message.finishedAt}: see mailctl queue show ${message.id}`,
  );
}
