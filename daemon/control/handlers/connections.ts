/** Connections: what operators set, and their runs. */
import type { ConnectionAdmin } from '../../connections/connection-admin.ts';
import type { ConnectionList } from '../../connections/connection-list.ts';
import type { ConnectionStore } from '../../connections/connection-store.ts';
import type { ConnectionTester } from '../../connections/connection-tester.ts';
import type { Connections } from '../../connections/connections.ts';
import type { HandlersOf } from '../handler.ts';

export interface ConnectionHandlerNeeds {
  readonly connections: Connections;
  readonly list: ConnectionList;
  readonly admin: ConnectionAdmin;
  readonly tester: ConnectionTester;
  readonly store: ConnectionStore;
}

export const connectionHandlers = ({
  connections,
  list,
  admin,
  tester,
  store,
}: ConnectionHandlerNeeds): HandlersOf<'connections'> => ({
  'connections.list': () => ({ connections: connections.views() }),
  'connections.show': async ({ name }) => {
    const connection = list.get(name);
    const [totals, runs] = await Promise.all([store.totals(connection.id), connections.runs(connection)]);
    return { connection: connections.view(connection), totals, runs };
  },
  'connections.add': async (params) => ({ connection: connections.view(await admin.add(params)) }),
  'connections.edit': async (params) => ({ connection: connections.view(await admin.edit(params)) }),
  'connections.remove': async ({ name }) => {
    await admin.remove(name);
    return { removed: true };
  },
  'connections.addCollector': async ({ name, collector }) => ({
    connection: connections.view(await admin.addCollector(name, collector)),
  }),
  'connections.editCollector': async ({ name, collector, changes }) => ({
    connection: connections.view(await admin.editCollector(name, collector, changes)),
  }),
  'connections.removeCollector': async ({ name, collector }) => ({
    connection: connections.view(await admin.removeCollector(name, collector)),
  }),
  'connections.test': async ({ name }, { signal }) => ({
    results: await tester.test(list.get(name), signal),
  }),
  'connections.connectNow': async ({ name }) => ({ runs: await connections.connectNow(name) }),
});
