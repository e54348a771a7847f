/**
 * The operators' verbs: which messages they hit, in steps that leave room for mail to come in between.
 *
 * A verb on a hundred thousand messages is many short transactions, and still all or nothing: the operation is
 * written down first, with the newest message it can hit, and completed at the next start when a crash cuts it short.
 * What is being delivered at this moment is left alone and reported.
 */

import type { QueueEvent } from '../../shared/api/events.ts';
import type { QueueFilter, VerbResult } from '../../shared/api/queue.ts';
import type { Clock } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { EventSource } from '../events.ts';
import type { Reader, Writer } from '../store/store-port.ts';
import {
  advanceOperation,
  beginOperation,
  markUndone,
  type Operation,
  readUndoable,
  readUnfinishedOperations,
} from './operation-store.ts';
import { isEmptyFilter } from './queue-filter.ts';
import type { ActiveDeliveries } from './queue-port.ts';
import { countMatching } from './summary-store.ts';
import {
  applyVerb,
  readMissing,
  readSelected,
  readSelectedRun,
  restoreRemoved,
  type SelectedMessage,
  type StoredVerb,
} from './verb-store.ts';

export interface VerbParams {
  readonly filter: QueueFilter;
  readonly all?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** Messages in one transaction of a verb: some 20 ms of the writer. */
const stepMessages = 2_000;
const maxRefusedListed = 100;

export interface QueueVerbsOptions {
  readonly store: Reader & Writer;
  readonly clock: Clock;
  readonly active: ActiveDeliveries;
  readonly changes: EventSource<QueueEvent>;
  readonly newestId: () => number;
  /** Called when something may have become due. */
  readonly wake: () => void;
}

type Tally = { -readonly [K in keyof VerbResult]: VerbResult[K] };

export class QueueVerbs {
  readonly #options: QueueVerbsOptions;

  constructor(options: QueueVerbsOptions) {
    this.#options = options;
  }

  /** Runs a verb on what the filter matches. Throws MaildError `params.invalid` for a filter that says nothing. */
  async run(verb: StoredVerb, params: VerbParams, client: string): Promise<VerbResult> {
    const { clock, newestId } = this.#options;
    requireSelection(params);
    const tally = emptyResult(params.dryRun === true);
    const filter = effectiveFilter(verb, params.filter);
    if (params.filter.ids) tally.notFound = await readMissing(this.#options.store, params.filter.ids);
    const operation = {
      verb,
      at: clock.now(),
      client,
      selection: { filter, newestId: newestId() },
      reason: params.reason ?? null,
    };
    if (params.dryRun) await this.#walk(operation, null, tally);
    else await this.#carryOut(operation, null, tally);
    return tally;
  }

  /** Completes the operations that a crash cut short. */
  async completeUnfinished(): Promise<number> {
    const unfinished = await readUnfinishedOperations(this.#options.store);
    for (const operation of unfinished) await this.#carryOut(operation, operation.id, emptyResult(false));
    return unfinished.length;
  }

  async undo(id: number | undefined): Promise<{ operation: number; verb: string; restored: number }> {
    const { store, clock, changes, wake } = this.#options;
    const operation = await readUndoable(store, id);
    if (!operation) {
      const what = id === undefined ? 'there is no operation' : `operation ${id} does not exist or is none`;
      throw new MaildError('operation.not_found', `${what} that can be undone`);
    }
    let restored = 0;
    for (;;) {
      const ids = await store.transaction(async (tx) => {
        const step = await restoreRemoved(tx, operation, stepMessages, clock.now());
        if (step.length < stepMessages) await markUndone(tx, operation.id, clock.now());
        return step;
      });
      restored += ids.length;
      changes.emit(changeOf('added', ids));
      if (ids.length < stepMessages) break;
    }
    wake();
    return { operation: operation.id, verb: operation.verb, restored };
  }

  #carryOut(operation: Omit<Operation, 'id'>, begun: number | null, tally: Tally): Promise<void> {
    const whole = isRemoval(operation.verb) && operation.selection.filter.ids === undefined;
    return whole ? this.#takeOut(operation, begun, tally) : this.#apply(operation, begun, tally);
  }

  /** Removes what a filter matches: a hundred thousand messages without an object for any of them. */
  async #takeOut(operation: Omit<Operation, 'id'>, begun: number | null, tally: Tally): Promise<void> {
    const { store, clock, active, changes } = this.#options;
    const { verb, at, selection, reason } = operation;
    let id = begun;
    let after = 0;
    for (let more = true; more; ) {
      const { run, delivering } = await active.quiesce(() =>
        store.transaction(async (tx) => {
          const now = clock.now();
          const busy = [...active.ids()];
          const run = await readSelectedRun(tx, selection, after, stepMessages, busy, now);
          // What is under way at the end is what is left.
          const last = run.count < stepMessages;
          const left = { ...selection, filter: { ...selection.filter, ids: busy } };
          const delivering =
            last && busy.length > 0 ? await readSelected(tx, left, 0, busy.length, busy, now) : [];
          if (run.count === 0 && id === null) return { run, delivering };
          id ??= await beginOperation(tx, operation);
          await applyVerb(tx, verb, run.list, { now, operation: { id, at }, reason });
          await advanceOperation(tx, id, run.count, run.bytes, last);
          return { run, delivering };
        }),
      );
      tally.matched += run.count;
      tally.changed += run.count;
      tally.bytes += run.bytes;
      const refused = sortOut(verb, delivering, new Set(idsOf(delivering))).refused;
      add(tally, delivering, [], refused);
      if (run.count > 0)
        changes.emit(changeOf('removed', run.count > maxIdsInEvent ? null : JSON.parse(run.list)));
      after = run.lastId ?? after;
      more = run.count === stepMessages;
    }
    if (tally.changed > 0) tally.operation = id;
  }

  async #apply(operation: Omit<Operation, 'id'>, begun: number | null, tally: Tally): Promise<void> {
    const { store, clock, active, changes, wake } = this.#options;
    let id = begun;
    let after = 0;
    for (let more = true; more; ) {
      const step = await active.quiesce(() =>
        store.transaction(async (tx) => {
          const now = clock.now();
          const busy = new Set(active.ids());
          const selected = await readSelected(tx, operation.selection, after, stepMessages, [...busy], now);
          const { hit, refused } = sortOut(operation.verb, selected, busy);
          if (hit.length === 0 && id === null && selected.length < stepMessages)
            return { selected, hit, refused };
          id ??= await beginOperation(tx, operation);
          await applyVerb(tx, operation.verb, JSON.stringify(idsOf(hit)), {
            now,
            operation: { id, at: operation.at },
            reason: operation.reason,
          });
          await advanceOperation(tx, id, hit.length, bytesOf(hit), selected.length < stepMessages);
          return { selected, hit, refused };
        }),
      );
      add(tally, step.selected, step.hit, step.refused);
      if (step.hit.length > 0)
        changes.emit(changeOf(isRemoval(operation.verb) ? 'removed' : 'changed', idsOf(step.hit)));
      after = step.selected.at(-1)?.id ?? after;
      more = step.selected.length === stepMessages;
    }
    if (isRemoval(operation.verb) && tally.changed > 0) tally.operation = id;
    if (operation.verb === 'sendNow' || operation.verb === 'release') wake();
  }

  /** What a verb would hit, without hitting it. */
  async #walk(operation: Omit<Operation, 'id'>, after: number | null, tally: Tally): Promise<void> {
    const { store, clock, active } = this.#options;
    const busy = new Set(active.ids());
    const { filter } = operation.selection;
    if (!filter.ids) {
      // A filter refuses nothing but what is being delivered, so counting is enough.
      const all = await countMatching(store, filter, [...busy], clock.now());
      const delivering = await countMatching(store, { ...filter, ids: [...busy, 0] }, [...busy], clock.now());
      tally.matched = all.messages;
      tally.changed = all.messages - delivering.messages;
      tally.bytes = all.bytes - delivering.bytes;
      tally.refusedCount = delivering.messages;
      return;
    }
    const selected = await readSelected(
      store,
      operation.selection,
      after ?? 0,
      filter.ids.length,
      [...busy],
      clock.now(),
    );
    const { hit, refused } = sortOut(operation.verb, selected, busy);
    add(tally, selected, hit, refused);
  }
}

/** A filter that says nothing hits nothing, unless all is asked for in so many words. */
export function requireSelection(params: VerbParams): void {
  if (params.all === true || !isEmptyFilter(params.filter)) return;
  throw new MaildError('params.invalid', 'filter: says nothing; to act on every message ask for all', {
    details: { path: 'filter' },
  });
}

/** By filter, a verb looks only at the messages it can act on; named one by one, the others are reported. */
function effectiveFilter(verb: StoredVerb, filter: QueueFilter): QueueFilter {
  if (filter.ids || filter.states) return filter;
  if (verb === 'release') return { ...filter, states: ['held'] };
  if (verb === 'hold' || verb === 'sendNow') return { ...filter, states: ['ready', 'deferred', 'active'] };
  return filter;
}

type Refusal = VerbResult['refused'][number];

function sortOut(verb: StoredVerb, selected: readonly SelectedMessage[], busy: ReadonlySet<number>) {
  const hit: SelectedMessage[] = [];
  const refused: Refusal[] = [];
  for (const message of selected) {
    const reason = busy.has(message.id)
      ? 'is being delivered at this moment'
      : refusalOf(verb, message.state);
    if (reason === null) hit.push(message);
    else refused.push({ id: message.id, reason });
  }
  return { hit, refused };
}

function refusalOf(verb: StoredVerb, state: SelectedMessage['state']): string | null {
  if (verb === 'release' && state !== 'held') return 'is not held';
  if (verb === 'hold' && state === 'held') return 'is held already';
  if (verb === 'sendNow' && state === 'held') return 'is held; release it first';
  return null;
}

function emptyResult(dryRun: boolean): Tally {
  return {
    matched: 0,
    changed: 0,
    bytes: 0,
    notFound: [],
    refused: [],
    refusedCount: 0,
    operation: null,
    dryRun,
  };
}

function add(
  tally: Tally,
  selected: readonly SelectedMessage[],
  hit: readonly SelectedMessage[],
  refused: readonly Refusal[],
): void {
  tally.matched += selected.length;
  tally.changed += hit.length;
  tally.bytes += bytesOf(hit);
  tally.refusedCount += refused.length;
  tally.refused = [...tally.refused, ...refused].slice(0, maxRefusedListed);
}

const isRemoval = (verb: StoredVerb): boolean => verb === 'remove' || verb === 'clear';
const idsOf = (messages: readonly SelectedMessage[]): number[] => messages.map((message) => message.id);
const bytesOf = (messages: readonly SelectedMessage[]): number =>
  messages.reduce((sum, message) => sum + message.size, 0);

/** More than this many ids at once are not worth listing to a subscriber. */
const maxIdsInEvent = 100;

/** `ids` null: many. */
export function changeOf(change: QueueEvent['change'], ids: readonly number[] | null): QueueEvent {
  const many = ids === null || ids.length > maxIdsInEvent;
  return { change, ids: many ? [] : [...ids], many };
}
