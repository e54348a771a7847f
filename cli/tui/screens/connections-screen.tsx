/** Screen 4: the links to the outside; what each does now, step by step, and what became of its last runs. */
import { useEffect } from 'react';
import { connectionColumns } from '../../columns/connections.ts';
import { localClock } from '../../columns/time.ts';
import { showConnection } from '../../connection-detail.ts';
import { span } from '../../spans.ts';
import { wrapped } from '../../wrapped.ts';
import { actionKeys } from '../actions/act.ts';
import { askEnable, connectAll, connectNow, testLogins } from '../actions/connection-actions.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { heading } from '../components/heading.ts';
import { Lines } from '../components/lines.tsx';
import { Pager } from '../components/pager.tsx';
import { Table } from '../components/table.tsx';
import { View } from '../components/view.tsx';
import { useCaptured } from '../hooks/use-captured.ts';
import { useLook, useView } from '../hooks/use-look.ts';
import { useBody } from '../hooks/use-size.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import { type Cursor, settle } from '../list/cursor.ts';
import { listKeys } from '../list/list-keys.ts';
import { type Services, useServices } from '../services.ts';
import { line } from '../text/line.ts';

/** Steps of a run that are seen at once. */
const stepRows = 6;

export function ConnectionsScreen() {
  const services = useServices();
  const store = useStore(services.connections);
  const state = services.view.connections;
  const { width, height } = useBody();
  const { theme, measure } = useLook();
  useView();
  useEffect(() => {
    services.connections.start();
    return () => services.connections.stop();
  }, [services]);
  const { connections } = store;
  const names = connections.map(({ name }) => name);
  const tableHeight = Math.max(2, Math.min(connections.length + 1, Math.floor(height / 3)));
  const cursor = settle(useKept(state.cursor), names, tableHeight - 1);
  const name = typeof cursor.id === 'string' ? cursor.id : null;
  useEffect(() => {
    services.connections.watch(name);
    return () => services.connections.watch(null);
  }, [services, name]);
  const detail = useCaptured(store.detail, width - 2, showConnection);
  const top = useKept(state.scroll);
  const keys = bindings(services, cursor, tableHeight - 1);
  if (connections.length === 0)
    return (
      <View bindings={keys}>
        <EmptyState text={emptyText(store.known)} width={width} height={height} />
      </View>
    );
  const steps = name === null ? [] : store.steps(name).slice(-stepRows);
  const stepsHeight = steps.length === 0 ? 0 : steps.length + 2;
  const detailHeight = height - tableHeight - stepsHeight - 2;
  const { rule } = theme.signs;
  return (
    <View bindings={keys}>
      <Table
        columns={connectionColumns}
        rows={connections.slice(cursor.offset, cursor.offset + tableHeight - 1)}
        idOf={(connection) => connection.name}
        selectedId={cursor.id}
        width={width}
        height={tableHeight}
        layoutKey=""
      />
      {steps.length === 0 ? null : (
        <Lines
          lines={[
            line(),
            heading('Now', rule, width),
            ...steps.map(({ at, text }) => line(span(` ${localClock(new Date(at))}  `, 'old'), span(text))),
          ]}
          width={width}
          height={stepsHeight}
        />
      )}
      <Lines lines={[line(), heading(name ?? '', rule, width)]} width={width} height={2} />
      <Pager
        lines={detail
          // The table has said the first line: name and state.
          .slice(1)
          .flatMap((one) => wrapped(one, width - 2, measure))
          .map((spans) => line(span(' '), ...spans))}
        top={top}
        width={width}
        height={Math.max(1, detailHeight)}
      />
    </View>
  );
}

const emptyText = (known: boolean): string =>
  known
    ? 'No connections are configured: mail goes out by routes and MX records, and none is collected.'
    : 'Asking maild ...';

function bindings(services: Services, cursor: Cursor, height: number): readonly Binding[] {
  const { connections, known } = services.connections;
  const state = services.view.connections;
  const current = connections.find(({ name }) => name === cursor.id) ?? null;
  const none = current ? null : known ? 'there is no connection' : 'not known yet';
  const on = (work: (services: Services, connection: NonNullable<typeof current>) => void) => () => {
    if (current) work(services, current);
  };
  return [
    ...actionKeys(services, [
      {
        keys: ['c'],
        does: 'connect now: collect and send',
        hint: 'connect now',
        disabled: none,
        run: on(connectNow),
      },
      {
        keys: ['C'],
        does: 'connect the default connection, or all that are enabled',
        hint: 'connect all',
        disabled: none,
        run: () => connectAll(services),
      },
      {
        keys: ['p'],
        does: 'enable or disable',
        hint: current?.enabled === false ? 'enable' : 'disable',
        disabled: none,
        run: on(askEnable),
      },
      { keys: ['T'], does: 'try the logins', hint: 'test', disabled: none, run: on(testLogins) },
    ]),
    {
      keys: ['l'],
      does: 'the log of connections',
      hint: 'log',
      run: () => {
        services.view.log.scope.set({ level: null, category: 'connections', filter: '' });
        services.view.screen.set('log');
      },
    },
    ...listKeys(
      state.cursor,
      connections.map(({ name }) => name),
      height,
      () => state.scroll.set(0),
    ),
    { keys: ['J', 'shift-down'], does: 'detail down', run: () => state.scroll.update((top) => top + 1) },
    {
      keys: ['K', 'shift-up'],
      does: 'detail up',
      run: () => state.scroll.update((top) => Math.max(0, top - 1)),
    },
  ];
}
