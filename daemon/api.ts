/** What stands behind each method of the control API, and behind its subscriptions: who of the services answers. */
import type { LogEntry } from '../shared/api/log.ts';
import type { ReloadOutcome } from './config/configuration.ts';
import type { Handlers, HandlersOf } from './control/handler.ts';
import { accountHandlers } from './control/handlers/accounts.ts';
import { auditHandlers } from './control/handlers/audit.ts';
import { configHandlers } from './control/handlers/config.ts';
import { connectionHandlers } from './control/handlers/connections.ts';
import { doctorHandlers } from './control/handlers/doctor.ts';
import { eventHandlers } from './control/handlers/events.ts';
import { housekeeperHandlers } from './control/handlers/housekeeper.ts';
import { allHandlers } from './control/handlers/index.ts';
import { logHandlers } from './control/handlers/log.ts';
import { mailboxHandlers } from './control/handlers/mailboxes.ts';
import { mingerHandlers } from './control/handlers/minger.ts';
import { quarantineHandlers } from './control/handlers/quarantine.ts';
import { queueHandlers } from './control/handlers/queue.ts';
import { serverHandlers } from './control/handlers/server.ts';
import { serviceHandlers } from './control/handlers/service.ts';
import { sessionHandlers } from './control/handlers/sessions.ts';
import { traceHandlers } from './control/handlers/trace.ts';
import { defaultLimits } from './control/limits.ts';
import { Subscriptions } from './control/subscriptions.ts';
import { bounce } from './delivery/bounce.ts';
import { explain } from './delivery/explain.ts';
import { Recorder } from './delivery/recorder.ts';
import { Reporter } from './delivery/reporter.ts';
import type { Log } from './log/log.ts';
import { MailboxAdmin } from './mailboxes/mailbox-admin.ts';
import { MailboxContents } from './mailboxes/mailbox-contents.ts';
import { MessageImport } from './mailboxes/message-import.ts';
import { MingerClient } from './minger/minger-client.ts';
import { DkimAdmin } from './scan/dkim-admin.ts';
import type { Services } from './services.ts';
import { AccountSessions } from './sessions/account-sessions.ts';
import { SessionKiller } from './sessions/session-killer.ts';
import type { StatusReport } from './status/status.ts';
import { Trace } from './trace/trace.ts';
import type { Upkeep } from './upkeep.ts';

export interface ApiNeeds {
  readonly services: Services;
  readonly upkeep: Upkeep;
  readonly status: StatusReport;
  readonly reload: () => Promise<ReloadOutcome>;
}

export function makeHandlers({ services, upkeep, status, reload }: ApiNeeds): Handlers {
  const { configuration, clock, log, pauses, server, sessions, blocks, accounts } = services;
  const subscriptions = new Subscriptions({
    sources: { log, sessions, queue: services.queue, connections: services.connections.worker, status },
    limits: defaultLimits,
    clock,
    log: log.for('control'),
  });
  const killer = new SessionKiller(sessions, blocks, clock, log.for('server'));
  const dkim = new DkimAdmin(services.scanning.keys, (name) => accounts.domainAdmin.ownName(name));
  return allHandlers({
    service: serviceHandlers({ hostname: () => configuration.config.hostname }),
    server: serverHandlers({ server, pauses, status, reload }),
    sessions: sessionHandlers(sessions, killer, blocks),
    queue: queueApi(services),
    quarantine: quarantineHandlers(services.quarantine),
    log: logHandlers(log),
    events: eventHandlers(subscriptions),
    accounts: accountHandlers({
      accounts: accounts.accountAdmin,
      accountImport: accounts.accountImport,
      domains: accounts.domainAdmin,
      aliases: accounts.aliasAdmin,
      dkim,
      sessions: new AccountSessions(sessions, killer),
    }),
    mailboxes: mailboxApi(services),
    connections: connectionHandlers(services.connections),
    config: configHandlers(configuration),
    housekeeper: housekeeperHandlers(upkeep.housekeeper, clock),
    doctor: doctorHandlers({ ...upkeep, clock }),
    minger: mingerHandlers(new MingerClient(services.resolver, clock)),
    audit: auditHandlers(services.audit),
    trace: traceHandlers(new Trace(services)),
  });
}

/** What operators do with mailboxes. Mail is taken in while the server is stopped, too. */
function mailboxApi(services: Services): HandlersOf<'mailboxes'> {
  const { mailboxes, accounts, configuration, freeSpace, files, uploads } = services;
  const { config } = configuration;
  const finder = accounts.accountAdmin;
  const messages = new MessageImport({
    mailboxes,
    accounts: finder,
    uploads,
    files,
    inlineBytes: () => config.smtp.inlineBytes,
    obstacle: () => {
      const free = freeSpace.bytes();
      return free !== null && free < config.queue.minFreeBytes
        ? 'the disk is nearly full: less than queue.min_free is left'
        : null;
    },
  });
  return mailboxHandlers(
    new MailboxAdmin(mailboxes, finder),
    new MailboxContents(mailboxes, finder),
    messages,
  );
}

/** The queue's own methods, and those that need to know of deliveries, which also work while the server is stopped. */
function queueApi(services: Services): HandlersOf<'queue'> {
  const { configuration, clock, log, pauses, store, server, accounts, queue, delivery } = services;
  const { config } = configuration;
  const deliveryLog = log.for('delivery');
  const reporter = new Reporter({
    hostname: config.hostname,
    directory: accounts.directory,
    ids: queue,
    queue,
    clock,
    log: deliveryLog,
  });
  const recorder = new Recorder(config.delivery, {
    queue,
    reporter,
    clock,
    log: deliveryLog,
    random: Math.random,
  });
  const handlers = queueHandlers(
    queue,
    async ({ id }) =>
      explain(await queue.show(id), {
        clock,
        limits: () => config.delivery,
        serverRunning: () => server.state === 'running',
        deliveryPause: () => pauses.of('delivering'),
        storeProblem: () => store.health.problem,
        domains: () => delivery.run?.domains() ?? [],
        progress: (messageId) => delivery.run?.active().get(messageId)?.detail ?? null,
        waits: (domain) => (delivery.run ?? services.newDelivery()).waits(domain),
        via: (domain) => (delivery.run ?? services.newDelivery()).via(domain),
      }),
    (params) => bounce(params, { queue, recorder, active: delivery }),
  );
  return {
    ...handlers,
    'queue.sendNow': async (params, context) => {
      const result = await handlers['queue.sendNow'](params, context);
      // A domain that rests because it could not be reached is tried all the same.
      if (params.dryRun !== true) delivery.sendNow();
      return result;
    },
  };
}

/** The log hands out lines as JSON of its own making. */
export const newestEntries = (log: Log, filter: Parameters<Log['tail']>[0], lines: number): LogEntry[] =>
  log.tail(filter, lines).map((json) => JSON.parse(json) as LogEntry);
