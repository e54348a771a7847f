/** Screen 2: who is connected and what they are doing this second; the dialogue of one of them as it is spoken. */
import { useEffect } from 'react';
import type { Session } from '../../../shared/api/sessions.ts';
import { formatCount } from '../../../shared/units.ts';
import { sessionColumns } from '../../columns/sessions.ts';
import { sessionSorts } from '../../words.ts';
import { actionKeys } from '../actions/act.ts';
import { askFilter } from '../actions/filter-prompt.ts';
import { askEnd } from '../actions/session-actions.ts';
import { traceKey } from '../actions/trace-key.ts';
import { DialoguePane, dialogueKeys } from '../components/dialogue-pane.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { ListHead } from '../components/list-head.tsx';
import { Table } from '../components/table.tsx';
import { View } from '../components/view.tsx';
import { useView } from '../hooks/use-look.ts';
import { useBody } from '../hooks/use-size.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import { type Cursor, settle } from '../list/cursor.ts';
import { listKeys } from '../list/list-keys.ts';
import { isSelected, noSelection, toggled } from '../list/selection.ts';
import { type Services, useServices } from '../services.ts';
import { filterNames, sessionFilterOf } from '../text/filters.ts';
import { sessionMatcher, sortedSessions } from '../text/session-match.ts';

const titleOfSort: Readonly<Partial<Record<(typeof sessionSorts)[number], string>>> = {
  id: 'ID',
  type: 'TYPE',
  user: 'USER',
  ip: 'REMOTE',
  active: 'ACTIVE',
  idle: 'IDLE',
};

export function SessionsScreen() {
  const services = useServices();
  const store = useStore(services.sessions);
  const state = services.view.sessions;
  const filter = useKept(state.filter);
  const sort = useKept(state.sort);
  const selection = useKept(state.selection);
  const open = useKept(state.open);
  const { width, height } = useBody();
  useView();
  useEffect(() => {
    services.sessions.start();
    return () => services.sessions.stop();
  }, [services]);
  useEffect(() => {
    services.dialogue.watch(open);
    return () => services.dialogue.watch(null);
  }, [services, open]);

  const all = store.list();
  const rows = sortedSessions(all.filter(sessionMatcher(sessionFilterOf(filter))), sort.by, sort.descending);
  const paneHeight = open === null ? 0 : Math.max(6, Math.floor(height / 2));
  const tableHeight = height - 1 - paneHeight;
  const ids = rows.map(({ id }) => id);
  const cursor = settle(useKept(state.cursor), ids, tableHeight - 1);
  const shown = rows.slice(cursor.offset, cursor.offset + tableHeight - 1);
  const title = titleOfSort[sort.by];
  return (
    <View bindings={bindings(services, rows, cursor, tableHeight - 1, open, paneHeight - 1)}>
      <ListHead
        filter={filter}
        order={sort.by}
        count={countText(rows.length, all.length, selection)}
        width={width}
      />
      {rows.length === 0 ? (
        <EmptyState text={emptyText(store.known, filter)} width={width} height={tableHeight} />
      ) : (
        <Table
          columns={sessionColumns}
          rows={shown}
          idOf={({ id }) => id}
          selectedId={cursor.id}
          isMarked={({ id }) => isSelected(selection, id)}
          {...(title && { sorted: { title, descending: sort.descending } })}
          width={width}
          height={tableHeight}
          layoutKey={filter}
        />
      )}
      {open === null ? null : <DialoguePane id={open} width={width} height={paneHeight} />}
    </View>
  );
}

function countText(
  shown: number,
  all: number,
  selection: { kind: string; ids?: ReadonlySet<number> },
): string {
  const marked = selection.ids?.size ?? 0;
  const counts =
    shown === all ? `${formatCount(all)} sessions` : `${formatCount(shown)} of ${formatCount(all)} sessions`;
  return marked > 0 ? `${counts}, ${marked} selected` : counts;
}

function emptyText(known: boolean, filter: string): string {
  if (!known) return 'Asking maild ...';
  return filter === ''
    ? 'Nobody is connected at this moment.'
    : `No session matches ${filter}. Esc clears the filter.`;
}

function bindings(
  services: Services,
  rows: readonly Session[],
  cursor: Cursor,
  height: number,
  open: number | null,
  paneHeight: number,
): readonly Binding[] {
  const state = services.view.sessions;
  const current = rows.find(({ id }) => id === cursor.id) ?? null;
  const { value: selection } = state.selection;
  const marked = selection.kind === 'ids' ? rows.filter(({ id }) => selection.ids.has(id)) : rows;
  const targets = marked.length > 0 ? marked : current ? [current] : [];
  const nobody = targets.length === 0 ? 'there is no session' : null;
  const watch = (next: Cursor): void => {
    if (state.open.value === null || typeof next.id !== 'number') return;
    state.dialogueScroll.set(null);
    state.open.set(next.id);
  };
  return [
    {
      keys: ['enter'],
      does: 'watch what is said in the session',
      hint: 'watch',
      disabled: current ? null : 'there is no session',
      run: () => {
        state.dialogueScroll.set(null);
        state.open.set(current?.id ?? null);
      },
    },
    ...actionKeys(services, [
      {
        keys: ['x', 'ctrl-d'],
        does: 'end the session, or those selected',
        hint: 'end',
        disabled: nobody,
        run: () => askEnd(services, targets, false),
      },
      {
        keys: ['b'],
        does: 'end and refuse its user or address for a time',
        hint: 'block',
        disabled: nobody,
        run: () => askEnd(services, targets, true),
      },
    ]),
    traceKey(services, current ? `S${current.id}` : null),
    {
      keys: ['/'],
      does: 'filter: type: user: ip: older: idle:',
      hint: 'filter',
      run: () =>
        askFilter(services, {
          kept: state.filter,
          hint: 'type:smtp user:ann@* ip:192.0.2.0/24 older:5m idle:1m',
          names: filterNames.sessions,
          check: sessionFilterOf,
        }),
    },
    {
      keys: ['s'],
      does: `sort by the next of ${sessionSorts.join(', ')}`,
      hint: 'sort',
      run: () =>
        state.sort.update(({ by, descending }) => ({
          by: sessionSorts[(sessionSorts.indexOf(by) + 1) % sessionSorts.length] ?? 'id',
          descending,
        })),
    },
    {
      keys: ['S'],
      does: 'the other way round',
      run: () => state.sort.update(({ by, descending }) => ({ by, descending: !descending })),
    },
    {
      keys: ['space'],
      does: 'select for an action',
      hint: 'select',
      disabled: current ? null : 'there is no session',
      run: () => {
        if (!current) return;
        state.selection.update((before) => toggled(before, current.id));
        state.cursor.update((before) => ({
          ...before,
          id: null,
          index: Math.min(cursor.index + 1, rows.length - 1),
        }));
      },
    },
    {
      keys: ['a'],
      does: 'select all that are shown',
      run: () => state.selection.set({ kind: 'ids', ids: new Set(rows.map(({ id }) => id)) }),
    },
    {
      keys: ['l'],
      does: 'the log of the session',
      hint: 'log',
      disabled: current ? null : 'there is no session',
      run: () => {
        services.view.log.scope.update((scope) => ({ ...scope, filter: `session:${current?.id ?? 0}` }));
        services.view.screen.set('log');
      },
    },
    ...dialogueKeys(services, paneHeight),
    ...listKeys(
      state.cursor,
      rows.map(({ id }) => id),
      height,
      watch,
    ),
    {
      keys: ['esc'],
      does: 'close the dialogue, drop the selection, clear the filter',
      disabled:
        open === null && isNothing(selection) && state.filter.value === ''
          ? 'there is nothing to go back from'
          : null,
      run: () => {
        if (open !== null) state.open.set(null);
        else if (!isNothing(selection)) state.selection.set(noSelection);
        else state.filter.set('');
      },
    },
  ];
}

const isNothing = (selection: { kind: string; ids?: ReadonlySet<number> }): boolean =>
  selection.kind === 'ids' && selection.ids?.size === 0;
