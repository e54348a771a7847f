/**
 * Runs the checks, several at a time and each with a deadline, and keeps what they found last.
 *
 * What could not be checked is told apart from what is well and from what is wrong. Since when a finding holds is
 * remembered on disk; a check that could not look leaves what it found before as it is there.
 */
import type { Check as CheckView } from '../../shared/api/doctor.ts';
import type { Warning } from '../../shared/api/server.ts';
import { type Clock, isoTime } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { type Check, type CheckFinding, type CheckResult, couldNotCheck } from './check.ts';
import type { FindingsStore } from './findings-store.ts';

export interface SelfTestNeeds {
  readonly checks: readonly Check[];
  readonly store: FindingsStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** DNS answers within its own deadline; a listener of ours that does not greet in this time is found out by this one. */
const deadlineMs = 20_000;
const atOneTime = 6;

interface Checked {
  readonly view: CheckView;
  readonly result: CheckResult;
}

export class SelfTest {
  readonly #needs: SelfTestNeeds;
  readonly #checked = new Map<string, Checked>();
  /** By code and subject, in ms since 1970. Null until it has been read. */
  #since: Map<string, number> | null = null;
  #checkedAt: number | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(needs: SelfTestNeeds) {
    this.#needs = needs;
  }

  /** When it ran last, in ms since 1970; null before the first time. */
  get checkedAt(): number | null {
    return this.#checkedAt;
  }

  /** Resolves when all of them have been run, or those named. Runs come one after another. Never rejects. */
  run(names: readonly string[] | null = null): Promise<void> {
    const { checks } = this.#needs;
    const wanted = names === null ? checks : checks.filter(({ name }) => names.includes(name));
    this.#running = this.#running.then(() => this.#runAll(wanted));
    return this.#running;
  }

  /** What each check came to when it ran last. */
  checks(): CheckView[] {
    return this.#needs.checks.flatMap(({ name }) => this.#checked.get(name)?.view ?? []);
  }

  /** Of these checks, or of all. */
  findings(names: readonly string[] | null = null): Warning[] {
    const checked = [...this.#checked.values()];
    const wanted = names === null ? checked : checked.filter(({ view }) => names.includes(view.name));
    return wanted.flatMap(({ view, result }) =>
      findingsOf(view.name, result).map((finding) => ({
        ...finding,
        since: isoTime(this.#since?.get(keyOf(finding)) ?? this.#checkedAt ?? this.#needs.clock.now()),
      })),
    );
  }

  async #runAll(checks: readonly Check[]): Promise<void> {
    const waiting = [...checks];
    const work = async (): Promise<void> => {
      for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
        this.#checked.set(check.name, await this.#runOne(check));
      }
    };
    await Promise.all(Array.from({ length: atOneTime }, work));
    this.#checkedAt = this.#needs.clock.now();
    await this.#remember().catch((error: unknown) => {
      this.#needs.log.debug('findings not kept', { error: errorText(error) });
    });
  }

  async #runOne(check: Check): Promise<Checked> {
    const { clock, log } = this.#needs;
    const began = clock.monotonic();
    const abort = new AbortController();
    const late = new Promise<CheckResult>((resolve) => {
      abort.signal.addEventListener('abort', () =>
        resolve(couldNotCheck(`it took longer than ${deadlineMs / 1_000} seconds`)),
      );
    });
    const deadline = clock.after(deadlineMs, () => abort.abort());
    const looked = check.run(abort.signal).catch((error: unknown) => couldNotCheck(errorText(error)));
    const result = await Promise.race([looked, late]);
    deadline.cancel();
    const durationMs = Math.round(clock.monotonic() - began);
    const detail = result.outcome === 'could_not_check' ? result.reason : '';
    log.debug('checked', { check: check.name, outcome: result.outcome, detail, durationMs });
    return { view: { name: check.name, outcome: result.outcome, detail, durationMs }, result };
  }

  /** Writes what is new and what has gone, which is nothing most of the time. */
  async #remember(): Promise<void> {
    const { store, clock } = this.#needs;
    this.#since ??= new Map((await store.findings()).map((finding) => [keyOf(finding), finding.since]));
    const since = this.#since;
    const now = clock.now();
    const current = new Map(this.findings().map((finding) => [keyOf(finding), finding]));
    const added = [...current].filter(([key]) => !since.has(key));
    // A check that has not run, or could not look, says nothing about what it found before.
    const silent = this.#needs.checks.some(({ name }) => {
      const outcome = this.#checked.get(name)?.result.outcome;
      return outcome === undefined || outcome === 'could_not_check';
    });
    const gone = silent ? [] : [...since.keys()].filter((key) => !current.has(key));
    for (const [key] of added) since.set(key, now);
    for (const key of gone) since.delete(key);
    if (added.length + gone.length === 0) return;
    await store.change(
      added.map(([, { code, subject }]) => ({ code, subject, since: now })),
      gone.map((key) => ({ ...fromKey(key), since: now })),
    );
  }
}

function findingsOf(name: string, result: CheckResult): readonly CheckFinding[] {
  switch (result.outcome) {
    case 'ok':
      return [];
    case 'findings':
      return result.findings;
    case 'could_not_check':
      return [
        {
          code: 'check.impossible',
          severity: 'notice',
          subject: name,
          evidence: `Could not be checked: ${result.reason}`,
          remedy: 'mailctl doctor',
        },
      ];
  }
}

const keyOf = ({ code, subject }: { readonly code: string; readonly subject: string }): string =>
  `${code} ${subject}`;

function fromKey(key: string): { code: string; subject: string } {
  const space = key.indexOf(' ');
  return { code: key.slice(0, space), subject: key.slice(space + 1) };
}
