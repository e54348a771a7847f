/** The live log. Following it is a subscription's matter. */
import type { Log } from '../../log/log.ts';
import { type HandlersOf, RawJson } from '../handler.ts';

const defaultLimit = 100;

export const logHandlers = (log: Log): HandlersOf<'log'> => ({
  'log.list': async ({ filter, limit }, { signal }) => {
    const entries = await log.list(filter ?? {}, limit ?? defaultLimit, signal);
    return new RawJson(`{"entries":[${entries.join(',')}]}`);
  },
  'log.levels': () => ({ levels: log.levels() }),
  'log.setLevels': ({ levels, forSeconds }) => ({
    levels: log.setLevels(levels, forSeconds === undefined ? undefined : forSeconds * 1_000),
  }),
});
