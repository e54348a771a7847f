/**
 * Makes the services and the server out of their parts and ties them together. Everything else in the daemon is given
 * what it needs; here and in maild.ts is where it comes from.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { directorySettings, makeAccounts } from './accounts/accounts.ts';
import { Audit } from './audit/audit.ts';
import { AuditStore } from './audit/audit-store.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { Configuration } from './config/configuration.ts';
import { makeConnections } from './connections/make-connections.ts';
import { seenProgram } from './connections/seen-program.ts';
import { Delivery } from './delivery/delivery.ts';
import { errorText } from './errors.ts';
import { FreeSpace } from './intake/free-space.ts';
import { Intake } from './intake/intake.ts';
import { MessageFiles } from './intake/message-files.ts';
import { DatabaseStart } from './lifecycle/database-start.ts';
import { DeliveryWorker } from './lifecycle/delivery-worker.ts';
import { ListenerSet } from './lifecycle/listener-set.ts';
import { Pauses } from './lifecycle/pauses.ts';
import { listenerOpener } from './listener-openers.ts';
import type { Log } from './log/log.ts';
import { drainMs, MailServer } from './mail-server.ts';
import { appendProgram } from './mailboxes/append-program.ts';
import { ContentThread } from './mailboxes/contents/content-thread.ts';
import { defaultFolders } from './mailboxes/default-folders.ts';
import { Mailboxes } from './mailboxes/mailboxes.ts';
import { MessageUploads } from './mailboxes/message-uploads.ts';
import { MailboxSearch } from './mailboxes/search/mailbox-search.ts';
import { Structures } from './mailboxes/structure/structures.ts';
import { migrations } from './migrations.ts';
import { Resolver } from './net/resolver.ts';
import { TlsContext } from './net/tls-context.ts';
import { acceptProgram } from './queue/accept-program.ts';
import { Queue } from './queue/queue.ts';
import { recordProgram } from './queue/record-program.ts';
import { Quarantine } from './scan/quarantine.ts';
import { Scanning } from './scan/scanning.ts';
import { Blocks } from './sessions/blocks.ts';
import { BlocksStore } from './sessions/blocks-store.ts';
import { SessionRegistry } from './sessions/session-registry.ts';
import { CountersStore } from './statistics/counters-store.ts';
import { Statistics } from './statistics/statistics.ts';
import { Store } from './store/store.ts';

export interface ServiceNeeds {
  readonly configuration: Configuration;
  readonly log: Log;
  readonly clock: Clock;
}

export type Services = Awaited<ReturnType<typeof openServices>>;

/** Nothing listens yet. A database with faults does not keep the service from starting: see {@link DatabaseStart}. */
export async function openServices({ configuration, log, clock }: ServiceNeeds) {
  const { config } = configuration;
  const { stateDir } = config;
  const serverLog = log.for('server');
  const queueLog = log.for('queue');
  const pauses = new Pauses(join(stateDir, 'pauses.json'), clock, serverLog);
  const tls = makeTls(config, clock, log);
  const store = await Store.open({
    path: join(stateDir, 'maild.db'),
    migrations,
    programs: [acceptProgram, appendProgram, recordProgram, seenProgram],
    clock,
    log: queueLog,
  });
  const blocks = new Blocks(new BlocksStore(store, store), clock, serverLog);
  const sessions = new SessionRegistry(clock, blocks, serverLog);
  const statistics = new Statistics(new CountersStore(store, store), clock, serverLog);
  const folders = () => defaultFolders(config.mailboxes.defaultFolders);
  const accounts = makeAccounts({
    store,
    settings: directorySettings(config),
    folders,
    blocks,
    clock,
    log: log.for('accounts'),
  });
  const { directory } = accounts;
  const resolver = new Resolver(config.dns, clock);
  const audit = new Audit({
    store: new AuditStore(store, store),
    keepMs: () => config.audit.keepMs,
    clock,
    log: log.for('control'),
  });

  const newDelivery = () =>
    new Delivery(config, {
      queue,
      ids: queue,
      directory,
      sessions,
      resolver,
      senders: connections.senders,
      clock,
      log,
    });
  const delivery = new DeliveryWorker(newDelivery, () => pauses.paused('delivering'));
  const queue = new Queue({
    store,
    stateDir,
    clock,
    log: queueLog,
    active: delivery,
    expireAfterMs: () => config.delivery.expireAfterMs,
    undoMs: () => config.queue.undoMs,
    historyMs: () => config.queue.historyMs,
  });
  const databaseStart = new DatabaseStart(
    store,
    [
      { name: 'unfinished messages', run: () => clearIncoming(stateDir) },
      { name: 'queue', run: () => queue.start() },
      { name: 'accounts', run: () => directory.load() },
      { name: 'mailboxes', run: () => mailboxes.start() },
      { name: 'blocks', run: () => blocks.load() },
      // The server may have started while the database could not be read.
      { name: 'counters', run: () => statistics.reset() },
      { name: 'connections', run: () => connections.worker.load() },
      { name: 'delivery', run: async () => delivery.wake() },
    ],
    clock,
    queueLog,
  );
  const freeSpace = new FreeSpace(stateDir, clock);
  const files = new MessageFiles(stateDir);
  const structures = new Structures({
    store,
    thread: new ContentThread({ script: contentScript, clock, log: serverLog }),
    filePath: (file) => files.path(file),
    clock,
    log: log.for('accounts'),
  });
  const search = new MailboxSearch({
    store,
    structures,
    thread: new ContentThread({ script: contentScript, clock, log: serverLog }),
    filePath: (file) => files.path(file),
    clock,
  });
  const mailboxes = new Mailboxes({
    store,
    structures,
    search: (view, key, options) => search.search(view, key, options),
    defaultFolders: folders,
    nextContentId: () => queue.nextId(),
    filePath: (file) => files.path(file),
    contentsFreed: () => queue.files.collectSoon(),
    clock,
    log: log.for('accounts'),
  });
  const uploads = new MessageUploads({ files, nextContentId: () => queue.nextId(), clock });
  const quarantine = new Quarantine({
    store,
    filePath: (file) => files.path(file),
    released: (message) => queue.announce(message),
    keepMs: () => config.quarantine.keepMs,
    expireAfterMs: () => config.delivery.expireAfterMs,
    clock,
    log: log.for('scan'),
  });
  const scanning = new Scanning({ config, quarantine, dns: resolver, statistics, clock, log });
  const intake = new Intake({
    queue,
    freeSpace,
    minFreeBytes: () => config.queue.minFreeBytes,
    receivingPaused: () => pauses.of('receiving'),
    storeProblem: () => databaseStart.problem(),
    spamToJunk: () => config.mailboxes.spamToJunk,
    screeningFor: (user) => scanning.screeningFor(user),
    files,
    submit: (parts) => store.submit(parts),
  });
  const connections = makeConnections({
    config: () => config,
    store,
    stateDir,
    queue,
    intake,
    directory,
    files,
    sessions,
    resolver,
    sendingObstacle: () => sendingObstacle(server.state, pauses),
    pause: () => pauses.of('collecting'),
    clock,
    log,
  });
  const listeners = new ListenerSet(
    config.listeners,
    listenerOpener({
      config: () => config,
      tls,
      registry: sessions,
      directory,
      intake,
      mailboxes,
      freeBytes: () => freeSpace.bytes(),
      statistics,
      log,
      clock,
    }),
    clock,
    serverLog,
  );
  const server = new MailServer({
    listeners,
    workers: [delivery, connections.worker],
    started: () => statistics.reset(),
    clock,
    log: serverLog,
  });

  accounts.accountAdmin.removed.on((accountId) => {
    mailboxes.endAccount(accountId);
    queue.files.collectSoon();
  });
  queue.delivered.on(({ contentId, accountIds }) => {
    mailboxes.delivered(accountIds);
    structures.contentsStored([contentId]);
  });
  queue.due.on(() => {
    delivery.wake();
    connections.worker.queued();
  });
  pauses.changed.on(({ part }) => {
    if (part === 'delivering') delivery.obeyPause();
    if (part === 'collecting') connections.worker.wake();
  });
  configuration.changed.on((keys) => {
    log.configure(config.log);
    directory.configure(directorySettings(config));
    if (keys.some(concernsScanning)) scanning.configure();
    // These take as long as what is in flight; nobody need wait for that.
    const changes = [
      ...(keys.includes('listeners') ? [listeners.change(config.listeners, drainMs)] : []),
      ...(keys.some(concernsDelivery) ? [delivery.renew(drainMs)] : []),
    ];
    Promise.all(changes).catch((error: unknown) =>
      serverLog.error('change of the configuration failed', { error: errorText(error) }),
    );
  });

  await scanning.start();
  await freeSpace.refresh();
  await databaseStart.begin();

  return {
    configuration,
    log,
    clock,
    pauses,
    tls,
    store,
    freeSpace,
    blocks,
    sessions,
    statistics,
    accounts,
    audit,
    mailboxes,
    uploads,
    files,
    queue,
    quarantine,
    intake,
    scanning,
    delivery,
    connections,
    resolver,
    listeners,
    server,
    /** For what an operator asks of deliveries while none run. */
    newDelivery,
    /** After the server has stopped. Writes what is left and closes the database. */
    async close(): Promise<void> {
      await queue.files.settled();
      scanning.close();
      pauses.close();
      blocks.close();
      sessions.close();
      await uploads.close();
      await mailboxes.close();
      await search.close();
      await structures.close();
      await directory.close();
      await statistics.close();
      await store.close();
    },
  };
}

/** Why nothing is sent at this moment; null when it is. */
function sendingObstacle(state: MailServer['state'], pauses: Pauses): string | null {
  if (state !== 'running') return 'the server is stopped';
  return pauses.paused('delivering') ? 'delivering is paused' : null;
}

const makeTls = (config: Config, clock: Clock, log: Log): TlsContext =>
  new TlsContext({
    files: () => config.tls,
    stateDir: config.stateDir,
    hostname: config.hostname,
    now: () => clock.now(),
    log: log.for('server'),
  });

/** Beside the program, see build.mjs. */
const contentScript = fileURLToPath(new URL('./maild-contents.cjs', import.meta.url));

const concernsScanning = (key: string): boolean => /^(scan|verify)\./.test(key);
const concernsDelivery = (key: string): boolean => key === 'routes' || key.startsWith('delivery.');

async function clearIncoming(stateDir: string): Promise<void> {
  await new MessageFiles(stateDir).clearIncoming();
}
