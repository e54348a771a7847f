/** One poll of one collector from the connection to its outcome on disk: what failed, how often, and when to try again. */
import type { Clock, Timer } from '../clock.ts';
import { MaildError } from '../errors.ts';
import { backoffMs, isOurs } from './backoff.ts';
import { type CollectCounts, Collection, type CollectNeeds } from './collect.ts';
import { CollectorFailure } from './collector-failure.ts';
import type { CollectorOutcome, ConnectionStore, StoredCollector } from './connection-store.ts';
import { ImapMailbox } from './imap-mailbox.ts';
import { Pop3Mailbox } from './pop3-mailbox.ts';
import type { MailboxNeeds, RemoteMailbox } from './remote-mailbox.ts';
import type { SecretBox } from './secret-box.ts';

export interface PollNeeds extends CollectNeeds, Omit<MailboxNeeds, 'signal'> {
  readonly secrets: SecretBox;
  readonly store: ConnectionStore;
}

/** What a secret of a collector is sealed for. */
export const collectorOwner = 'collector';
/** However a server drips its bytes: the next poll goes on where this one was ended. */
const MAX_POLL_MS = 2 * 60 * 60_000;

/** `pop3 mail.example.net ann`: what a person calls it. */
export const collectorName = ({ values: { protocol, host, user } }: StoredCollector): string =>
  `${protocol} ${host} ${user}`;

/** Throws CollectorFailure, after it has been noted. */
export async function pollCollector(
  collector: StoredCollector,
  counts: CollectCounts,
  needs: PollNeeds,
  signal: AbortSignal,
  progress: () => void,
): Promise<void> {
  const deadline = new Deadline(signal, needs.clock);
  try {
    const mailbox = await connectMailbox(collector, needs, deadline.signal);
    const stop = () => mailbox.abort(asFailure(deadline.signal.reason));
    deadline.signal.addEventListener('abort', stop);
    try {
      const settings = { id: collector.id, ...collector.values };
      await new Collection(settings, mailbox, counts, needs, progress).run();
    } finally {
      deadline.signal.removeEventListener('abort', stop);
    }
    await noteOutcome(collector, null, needs);
  } catch (error) {
    const failure = asFailure(error);
    await noteOutcome(collector, failure, needs);
    throw failure;
  } finally {
    deadline.end();
  }
}

/** Logged in. Throws CollectorFailure. */
export async function connectMailbox(
  { values, secret }: StoredCollector,
  needs: PollNeeds,
  signal: AbortSignal,
): Promise<RemoteMailbox> {
  try {
    const login = { user: values.user, password: needs.secrets.open(secret, collectorOwner) };
    const kind = values.protocol === 'pop3' ? Pop3Mailbox : ImapMailbox;
    return await kind.connect(values, login, { ...needs, signal });
  } catch (error) {
    if (error instanceof MaildError && error.code === 'secret.unusable') {
      throw new CollectorFailure('collector.login', error.message, error);
    }
    throw asFailure(error, 'collector.unreachable');
  }
}

async function noteOutcome(
  { id, failures, failingSince }: StoredCollector,
  failure: CollectorFailure | null,
  { store, clock }: PollNeeds,
): Promise<void> {
  const now = clock.now();
  if (failure !== null && isOurs(failure.code)) return;
  const outcome: CollectorOutcome =
    failure === null
      ? { lastError: null, failures: 0, failingSince: null, retryAt: null }
      : {
          lastError: failure.message,
          failures: failures + 1,
          failingSince: failingSince ?? now,
          retryAt: now + backoffMs(failures + 1, failure.code),
        };
  await store.noteOutcome(id, outcome);
}

function asFailure(
  error: unknown,
  code: 'collector.unreachable' | 'collector.not_taken' = 'collector.not_taken',
) {
  if (error instanceof CollectorFailure) return error;
  return new CollectorFailure(code, error instanceof Error ? error.message : String(error), error);
}

/** Aborts with the signal that it is given, or when its time is over. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #timer: Timer;
  readonly #stop = (): void => this.#controller.abort(this.#outer.reason);

  constructor(outer: AbortSignal, clock: Clock) {
    this.#outer = outer;
    outer.addEventListener('abort', this.#stop);
    if (outer.aborted) this.#stop();
    this.#timer = clock.after(MAX_POLL_MS, () =>
      this.#controller.abort(
        new CollectorFailure('collector.timeout', 'it took longer than 2 h; the next poll goes on from here'),
      ),
    );
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#timer.cancel();
    this.#outer.removeEventListener('abort', this.#stop);
  }
}
