/** Ends sessions for an operator: by id or filter, with a word on each, and refuses their like for a time on request. */
import type { Block, SessionFilter } from '../../shared/api/sessions.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import type { Blocks } from './blocks.ts';
import { isClientType, type SessionHandle } from './session-handle.ts';
import type { SessionRegistry } from './session-registry.ts';
import { hasCondition } from './session-selection.ts';

/** Most sessions say their 421 and are gone in a moment; those are reported as ended. */
const patienceMs = 400;
const defaultReason = 'ended by the operator';

export interface KillOrder {
  readonly filter: SessionFilter;
  /** A filter without conditions means nothing unless this is true. */
  readonly all?: boolean | undefined;
  readonly blockSeconds?: number | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface KillReport {
  readonly results: { id: number; outcome: 'ended' | 'ending' | 'not_found' | 'would_end' }[];
  readonly blocks: Block[];
}

export class SessionKiller {
  readonly #registry: SessionRegistry;
  readonly #blocks: Blocks;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(registry: SessionRegistry, blocks: Blocks, clock: Clock, log: Logger) {
    this.#registry = registry;
    this.#blocks = blocks;
    this.#clock = clock;
    this.#log = log;
  }

  /** @throws MaildError `params.invalid` for a bad filter. */
  async kill(order: KillOrder): Promise<KillReport> {
    const meant = hasCondition(order.filter) || order.all === true;
    const sessions = meant ? this.#registry.select(order.filter) : [];
    const missing = (order.filter.ids ?? [])
      .filter((id) => this.#registry.find(id) === undefined)
      .map((id) => ({ id, outcome: 'not_found' as const }));
    if (order.dryRun === true) {
      const results = sessions.map(({ id }) => ({ id, outcome: 'would_end' as const }));
      return { results: [...results, ...missing], blocks: [] };
    }
    const reason = order.reason ?? defaultReason;
    // Refused first, or a quick client is back before the door is shut.
    const blocks = order.blockSeconds ? await this.#block(sessions, order.blockSeconds, reason) : [];
    for (const session of sessions) {
      this.#registry.kill(session, reason);
      this.#log.info('session ended by the operator', {
        sessionId: session.id,
        remoteAddress: session.remoteAddress,
        user: session.user ?? undefined,
        reason,
      });
    }
    await this.#wait(sessions);
    const results = sessions.map(({ id, ended }) => ({ id, outcome: outcome(ended) }));
    return { results: [...results, ...missing], blocks };
  }

  /** The user of a session that is logged in, otherwise the address. We are not refused by ourselves: no clients. */
  async #block(sessions: readonly SessionHandle[], seconds: number, reason: string): Promise<Block[]> {
    const wanted = new Map<string, { kind: 'address' | 'user'; value: string }>();
    for (const { type, user, remoteAddress } of sessions) {
      if (isClientType(type)) continue;
      const target =
        user === null
          ? { kind: 'address' as const, value: remoteAddress }
          : { kind: 'user' as const, value: user };
      wanted.set(`${target.kind} ${target.value}`, target);
    }
    return Promise.all(
      [...wanted.values()].map(({ kind, value }) =>
        this.#blocks.add({ kind, value, reason, source: 'operator', forMs: seconds * 1_000 }),
      ),
    );
  }

  /** Until all have ended, or patience has. */
  #wait(sessions: readonly SessionHandle[]): Promise<void> {
    const open = sessions.filter((session) => !session.ended);
    if (open.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      let left = open.length;
      const done = () => {
        timer.cancel();
        for (const leave of leaving) leave();
        resolve();
      };
      const timer = this.#clock.after(patienceMs, done);
      const leaving = open.map((session) =>
        session.follow((exchange) => {
          if (exchange !== null) return;
          left -= 1;
          if (left === 0) done();
        }),
      );
    });
  }
}

const outcome = (ended: boolean): 'ended' | 'ending' => (ended ? 'ended' : 'ending');
