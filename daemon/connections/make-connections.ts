/** Puts together the parts of this folder: the worker, what operators change, and the relays for delivery. */
import { join } from 'node:path';
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { tryRelay } from '../delivery/try-relay.ts';
import type { IntakePort } from '../intake/intake-port.ts';
import type { MessageFiles } from '../intake/message-files.ts';
import type { LoggerSource } from '../log/logger.ts';
import { MxLookup } from '../net/mx.ts';
import type { DnsResolver } from '../net/resolver.ts';
import type { Queue } from '../queue/queue.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { Store } from '../store/store.ts';
import { ConnectionAdmin } from './connection-admin.ts';
import { ConnectionList } from './connection-list.ts';
import { ConnectionStore } from './connection-store.ts';
import { ConnectionTester } from './connection-tester.ts';
import { Connections, type ConnectionsNeeds } from './connections.ts';
import { Outbox } from './outbox.ts';
import { RunStore } from './run-store.ts';
import { SecretBox } from './secret-box.ts';
import { SeenStore } from './seen-store.ts';
import { ConnectionSenders } from './senders.ts';

export interface MakeNeeds {
  readonly config: () => Config;
  readonly store: Store;
  readonly stateDir: string;
  readonly queue: Pick<Queue, 'count' | 'verb'>;
  readonly intake: IntakePort;
  readonly directory: Pick<DirectoryPort, 'isLocalDomain' | 'resolve'>;
  readonly files: MessageFiles;
  readonly sessions: SessionRegistryPort;
  readonly resolver: DnsResolver;
  /** Why nothing is sent at this moment; null when it is. */
  readonly sendingObstacle: () => string | null;
  readonly pause: ConnectionsNeeds['pause'];
  readonly clock: Clock;
  readonly log: LoggerSource;
}

/** Who makes mail due, as the list of operations names it. */
const client = 'maild/connections';

/** `worker.load()` is to be called before runs begin. */
export function makeConnections(needs: MakeNeeds) {
  const { config, stateDir, queue, directory, resolver, sessions, clock } = needs;
  const log = needs.log.for('connections');
  const store = new ConnectionStore(needs.store);
  const list = new ConnectionList(store);
  const secrets = new SecretBox(join(stateDir, 'secrets.key'));
  const { hostname, delivery } = config();
  const mx = new MxLookup(resolver, {
    hostname,
    isOurs: () => false,
    ipv6: delivery.ipv6,
    random: Math.random,
  });
  const outbox = new Outbox({
    queue: {
      count: async (connection, states) => {
        const filter = { connection, ...(states === undefined ? {} : { states: [...states] }) };
        return (await queue.count({ filter })).messages;
      },
      sendNow: async (connection) =>
        (await queue.verb('sendNow', { filter: { connection }, all: false }, client)).matched,
    },
    obstacle: needs.sendingObstacle,
    clock,
  });
  const poll = {
    ...needs,
    seen: new SeenStore(needs.store),
    submit: (parts: Parameters<Store['submit']>[0]) => needs.store.submit(parts),
    addresses: (host: string) => mx.addresses(host),
    secrets,
    store,
    log,
  };
  const worker = new Connections({ ...poll, list, runs: new RunStore(needs.store), outbox });
  const senders = new ConnectionSenders({
    list,
    secrets,
    connected: (connection) => worker.connected(connection),
    nextPollAt: (connection) => worker.view(connection).nextPollAt,
    delivered: (connection, messages) => worker.delivered(connection, messages),
  });
  const tester = new ConnectionTester({
    ...poll,
    route: (name) => senders.route(name),
    tryRelay: (hop) => tryRelay(hop, mx, config().delivery, { hostname, sessions, clock, log }),
  });
  const isLocalDomain = (domain: string): boolean => directory.isLocalDomain(domain);
  const admin = new ConnectionAdmin({ list, store, secrets, isLocalDomain, clock });
  return { connections: worker, worker, list, store, admin, tester, senders };
}
