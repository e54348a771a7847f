/** The keys of the queue's list. */

import { queueSorts } from '../../words.ts';
import { actionKeys } from '../actions/act.ts';
import { askFilter } from '../actions/filter-prompt.ts';
import { askUndo, askVerb, type Target, type VerbName } from '../actions/queue-actions.ts';
import { traceKey } from '../actions/trace-key.ts';
import { moveKeys } from '../components/pager.tsx';
import type { Binding } from '../keys.ts';
import { type Cursor, noCursor } from '../list/cursor.ts';
import { isEmpty, noSelection, toggled } from '../list/selection.ts';
import type { Services } from '../services.ts';
import { filterNames, queueFilterOf } from '../text/filters.ts';
import { moveQueueCursor } from './queue-cursor.ts';

/** The most ids that the daemon takes at once. */
const maxIds = 10_000;

export const verbKeys: readonly {
  readonly key: string;
  readonly name: VerbName;
  readonly hint: string;
  readonly does: string;
}[] = [
  { key: 't', name: 'send-now', hint: 'try now', does: 'make due at once' },
  { key: 'h', name: 'hold', hint: 'hold', does: 'keep back until released' },
  { key: 'r', name: 'release', hint: 'release', does: 'let go out again' },
  { key: 'd', name: 'remove', hint: 'remove', does: 'take out of the queue, telling nobody' },
  { key: 'B', name: 'bounce', hint: 'bounce', does: 'end now and report to the sender' },
];

export function queueListKeys(services: Services, cursor: Cursor, height: number): readonly Binding[] {
  const { queue: store, view } = services;
  const state = view.queue;
  const current = store.row(cursor.index);
  const none = current ? null : 'there is no message';
  const { value: selection } = state.selection;
  const openMessage = (): void => {
    state.scroll.set(0);
    state.open.set(current?.id ?? null);
  };
  return [
    { keys: ['enter'], does: 'show the message', hint: 'show', disabled: none, run: openMessage },
    {
      keys: ['e'],
      does: 'explain why it has not gone out',
      hint: 'explain',
      disabled: none,
      run: () => {
        state.tab.set('explain');
        openMessage();
      },
    },
    ...actionKeys(
      services,
      verbKeys.map(({ key, name, hint, does }) => ({
        keys: key === 'd' ? [key, 'ctrl-d'] : [key],
        does: `${does} (${name})`,
        hint,
        disabled: none,
        run: () => void askVerb(services, name, targetOf(services, current?.id ?? null)),
      })),
    ),
    {
      keys: ['space'],
      does: 'select for an action',
      hint: 'select',
      disabled:
        selection.kind === 'ids' && selection.ids.size >= maxIds
          ? 'so many at once go by a filter only'
          : none,
      run: () => {
        if (!current) return;
        state.selection.update((before) => toggled(before, current.id));
        state.cursor.set(moveQueueCursor(store, cursor, height, 'down'));
      },
    },
    {
      keys: ['a'],
      does: 'select all that match the filter',
      hint: 'all',
      run: () => state.selection.set({ kind: 'matching' }),
    },
    {
      keys: ['/'],
      does: `filter: ${filterNames.queue.join(' ')}`,
      hint: 'filter',
      run: () =>
        askFilter(services, {
          kept: state.filter,
          hint: 'from:ann@* to:*@example.net state:deferred older:2h error:greylist',
          names: filterNames.queue,
          check: (text) => setFilter(services, text),
        }),
    },
    {
      keys: ['s'],
      does: `sort by the next of ${queueSorts.join(', ')}`,
      hint: 'sort',
      run: () => {
        const { sort } = store.order;
        const next = queueSorts[(queueSorts.indexOf(sort) + 1) % queueSorts.length] ?? 'age';
        state.cursor.set(noCursor);
        store.setOrder({ ...store.order, sort: next, descending: false, from: 'start' });
      },
    },
    {
      keys: ['S'],
      does: 'the other way round',
      run: () => {
        state.cursor.set(noCursor);
        store.setOrder({ ...store.order, descending: !store.order.descending, from: 'start' });
      },
    },
    {
      keys: ['l'],
      does: 'the log of the message',
      disabled: none,
      run: () => {
        view.log.scope.update((scope) => ({ ...scope, filter: `queue:${current?.id ?? 0}` }));
        view.screen.set('log');
      },
    },
    traceKey(services, current ? String(current.id) : null),
    ...actionKeys(services, [
      {
        keys: ['U'],
        does: 'bring back what was removed last',
        hint: 'undo',
        run: () => void askUndo(services),
      },
    ]),
    ...moveKeys.map(({ keys, step, does }) => ({
      keys,
      does: `cursor ${does}`,
      run: () => state.cursor.set(moveQueueCursor(store, state.cursor.value, height, step)),
    })),
    {
      keys: ['esc'],
      does: 'drop the selection, clear the filter',
      disabled: isEmpty(selection) && state.filter.value === '' ? 'there is nothing to go back from' : null,
      run: () => {
        if (!isEmpty(selection)) state.selection.set(noSelection);
        else {
          setFilter(services, '');
          state.filter.set('');
        }
      },
    },
  ];
}

/** Throws FilterTextError. */
function setFilter({ queue, view }: Services, text: string): void {
  const filter = queueFilterOf(text);
  view.queue.cursor.set(noCursor);
  view.queue.selection.set(noSelection);
  queue.setOrder({ ...queue.order, filter, from: 'start' });
}

/** What is selected, otherwise the message under the cursor. */
function targetOf({ view, queue }: Services, current: number | null): Target {
  const { value: selection } = view.queue.selection;
  if (selection.kind === 'matching')
    return { kind: 'matching', filter: queue.order.filter, text: view.queue.filter.value };
  if (selection.ids.size > 0) return { kind: 'ids', ids: [...selection.ids] };
  return { kind: 'ids', ids: current === null ? [] : [current] };
}
