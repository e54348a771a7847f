/** Sessions, and who is refused for now. */
import type { Blocks } from '../../sessions/blocks.ts';
import type { SessionKiller } from '../../sessions/session-killer.ts';
import type { SessionRegistry } from '../../sessions/session-registry.ts';
import type { HandlersOf } from '../handler.ts';

const defaultLimit = 10_000;
const defaultReason = 'refused by the operator';

export const sessionHandlers = (
  registry: SessionRegistry,
  killer: SessionKiller,
  blocks: Blocks,
): HandlersOf<'sessions'> & HandlersOf<'blocks'> => ({
  'sessions.list': (params) => registry.list({ limit: defaultLimit, ...params }),
  'sessions.exchanges': ({ id }) => {
    const { session, exchanges, dropped } = registry.exchanges(id);
    return { session, exchanges: [...exchanges], dropped };
  },
  'sessions.kill': (params) => killer.kill(params),
  'blocks.list': () => ({ blocks: blocks.list() }),
  'blocks.add': async ({ kind, value, forSeconds, reason }) => ({
    block: await blocks.add({
      kind,
      value,
      reason: reason ?? defaultReason,
      source: 'operator',
      forMs: forSeconds * 1_000,
    }),
  }),
  'blocks.remove': ({ ids }) => blocks.remove(ids),
});
