/** The keys of the log. */
import { logCategories, logLevels } from '../../words.ts';
import { askFilter } from '../actions/filter-prompt.ts';
import { moveKeys } from '../components/pager.tsx';
import type { Binding } from '../keys.ts';
import { type Cursor, move, noCursor } from '../list/cursor.ts';
import type { Services } from '../services.ts';
import { Kept } from '../store/kept.ts';
import type { LogScope } from '../store/view-state.ts';
import { filterNames, logFilterOfText } from '../text/filters.ts';

/** `cursor` is null while following. */
export function logKeys(services: Services, cursor: Cursor | null, height: number): readonly Binding[] {
  const { log: store, view } = services;
  const state = view.log;
  const current = cursor === null ? null : (store.entries.find(({ seq }) => seq === cursor.id) ?? null);
  const pausedOnly = current ? null : 'move to a line first: up pauses the log';
  const session = current?.sessionId;
  const message = current?.queueId;
  const setFilter = (filter: string): void => state.scope.update((scope) => ({ ...scope, filter }));
  return [
    {
      keys: ['f'],
      does: 'follow what comes, or stop here',
      hint: store.paused ? 'follow' : 'pause',
      run: () => (store.paused ? follow(services) : pause(services, height)),
    },
    {
      keys: ['enter'],
      does: 'all fields of the line',
      hint: 'fields',
      disabled: pausedOnly,
      run: () => state.detail.update((open) => !open),
    },
    {
      keys: ['/'],
      does: `filter: ${filterNames.log.join(' ')} or a regular expression`,
      hint: 'filter',
      run: () => {
        const text = new Kept(state.scope.value.filter);
        askFilter(services, {
          kept: text,
          hint: 'session:42 queue:7 since:10m, or words to look for',
          names: filterNames.log,
          check: (typed) => logFilterOfText(typed, services.now),
        });
        text.listen(() => setFilter(text.value));
      },
    },
    {
      keys: ['L'],
      does: `this level and graver: ${logLevels.join(', ')}`,
      hint: 'level',
      run: () => cycle(state.scope, 'level', logLevels),
    },
    {
      keys: ['c'],
      does: 'the next category',
      hint: 'category',
      run: () => cycle(state.scope, 'category', logCategories),
    },
    {
      keys: ['i'],
      does: 'only this session or message',
      hint: 'only this',
      disabled:
        pausedOnly ??
        (session === undefined && message === undefined
          ? 'the line names neither session nor message'
          : null),
      run: () => setFilter(message !== undefined ? `queue:${message}` : `session:${session}`),
    },
    {
      keys: ['s'],
      does: 'to the session of the line',
      hint: 'session',
      disabled: pausedOnly ?? (session === undefined ? 'the line names no session' : null),
      run: () => {
        view.sessions.filter.set('');
        view.sessions.cursor.set({ ...noCursor, id: session ?? null });
        view.sessions.open.set(session ?? null);
        view.screen.set('sessions');
      },
    },
    {
      keys: ['m'],
      does: 'to the message of the line',
      hint: 'message',
      disabled: pausedOnly ?? (message === undefined ? 'the line names no message' : null),
      run: () => {
        view.queue.tab.set('envelope');
        view.queue.open.set(message ?? null);
        view.screen.set('queue');
      },
    },
    ...moveKeys.map(({ keys, step, does }) => ({
      keys,
      does: step === 'bottom' ? 'to the last line, and follow' : `${does}; the log pauses`,
      run: () => {
        if (step === 'bottom') return follow(services);
        if (!store.paused) pause(services, height);
        if (!store.paused) return;
        const seqs = store.entries.map(({ seq }) => seq);
        const next = move(state.cursor.value, seqs, height, step);
        // Who goes down past the last line wants what comes after it.
        const atEnd = state.cursor.value.index === seqs.length - 1;
        if ((step === 'down' || step === 'pagedown') && atEnd) follow(services);
        else state.cursor.set(next);
      },
    })),
    {
      keys: ['esc'],
      does: 'close the fields, follow again, clear the filter',
      disabled: !store.paused && isOpen(state.scope.value) ? 'there is nothing to go back from' : null,
      run: () => {
        if (state.detail.value) state.detail.set(false);
        else if (store.paused) follow(services);
        else state.scope.set({ level: null, category: null, filter: '' });
      },
    },
  ];
}

const isOpen = ({ level, category, filter }: LogScope): boolean =>
  level === null && category === null && filter === '';

/** The cursor is on the newest line then. */
function pause({ log, view }: Services, height: number): void {
  // Before the first lines there is no place to stay at.
  if (log.entries.length === 0) return;
  log.freeze();
  const last = log.entries.length - 1;
  view.log.cursor.set({
    id: log.entries[last]?.seq ?? null,
    index: Math.max(0, last),
    offset: Math.max(0, log.entries.length - height),
  });
}

function follow({ log, view }: Services): void {
  view.log.detail.set(false);
  log.follow();
}

/** The next of the words; none after the last. */
function cycle<Name extends 'level' | 'category'>(
  scope: Kept<LogScope>,
  name: Name,
  words: readonly NonNullable<LogScope[Name]>[],
): void {
  scope.update((before) => {
    const current = before[name];
    const at = current === null ? -1 : words.indexOf(current);
    return { ...before, [name]: words[at + 1] ?? null };
  });
}
