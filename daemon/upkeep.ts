/**
 * Puts together what looks after the service itself: the housekeeper with its tasks, the self-test with its checks, and
 * the one list of warnings that comes of them. Like services.ts, of which it takes what it needs.
 */
import { join } from 'node:path';
import type { Warning } from '../shared/api/server.ts';
import type { Timer } from './clock.ts';
import { errorText } from './errors.ts';
import { Housekeeper } from './housekeeper/housekeeper.ts';
import { ReportStore } from './housekeeper/report/report-store.ts';
import type { Task, TaskOutcome } from './housekeeper/task.ts';
import { TaskStore } from './housekeeper/task-store.ts';
import { certificateTask, diskSpaceTask, selfTestTask } from './housekeeper/tasks/checking.ts';
import { dailyReportTask } from './housekeeper/tasks/daily-report.ts';
import { databaseTask } from './housekeeper/tasks/database.ts';
import { retentionTask } from './housekeeper/tasks/retention.ts';
import { removeOldLogs } from './log/log-retention.ts';
import { selfTestChecks } from './self-test-checks.ts';
import { Acknowledgements } from './selftest/acknowledgements.ts';
import { ClockWatch } from './selftest/checks/clock.ts';
import { FindingsStore } from './selftest/findings-store.ts';
import { SelfTest } from './selftest/self-test.ts';
import type { Services } from './services.ts';
import { Warnings } from './status/warnings.ts';
import { DatabaseUpkeep } from './store/database-upkeep.ts';

/** The listeners are open by then, and mail that waited has been begun with. */
const firstTestMs = 5_000;

export type Upkeep = ReturnType<typeof makeUpkeep>;

export function makeUpkeep(services: Services) {
  const { configuration, store, clock, log, listeners, pauses, scanning } = services;
  const { config } = configuration;
  const findings = new FindingsStore(store, store);
  const acknowledgements = new Acknowledgements(findings, clock);
  const clockWatch = new ClockWatch(clock);
  const database = new DatabaseUpkeep(store, store.path);
  const housekeeperLog = log.for('housekeeper');
  const selfTest = new SelfTest({
    checks: selfTestChecks(services, { clockWatch, database }),
    store: findings,
    clock,
    log: housekeeperLog,
  });
  const warnings = new Warnings(
    {
      config,
      configuration,
      listenerFailures: () => listeners.failures(),
      storeHealth: () => store.health,
      storePath: store.path,
      freeBytes: () => services.freeSpace.bytes(),
      pauses: () => pauses.status().details,
      scanners: () => scanning.lastStatus(),
      collectors: () => services.connections.worker.warnings(),
      selfTest: () => selfTest.findings(),
      acknowledgedUntil: (code, subject) => acknowledgements.until(code, subject),
    },
    clock,
  );
  const housekeeper = new Housekeeper({
    tasks: tasksOf(services, { database, warnings, runChecks: (names) => runChecks(selfTest, names) }),
    schedules: () => config.housekeeper.schedules,
    store: new TaskStore(store, store),
    clock,
    log: housekeeperLog,
  });
  const testAfter = (trigger: 'start' | 'reload'): void => {
    housekeeper.run('self-test', trigger).catch((error: unknown) => {
      housekeeperLog.debug('self-test not run', { error: errorText(error) });
    });
  };
  let firstTest: Timer | null = null;
  return {
    housekeeper,
    selfTest,
    warnings,
    acknowledgements,
    start(): void {
      acknowledgements.load().catch((error: unknown) => {
        housekeeperLog.warn('acknowledgements could not be read', { error: errorText(error) });
      });
      clockWatch.start();
      housekeeper.start();
      firstTest = clock.after(firstTestMs, () => testAfter('start'));
    },
    /** The configuration has been read again. */
    reloaded: (): void => testAfter('reload'),
    async close(): Promise<void> {
      firstTest?.cancel();
      clockWatch.close();
      await housekeeper.close();
    },
  };
}

interface TaskParts {
  readonly database: DatabaseUpkeep;
  readonly warnings: Warnings;
  readonly runChecks: (names: readonly string[] | null) => Promise<TaskOutcome>;
}

function tasksOf(services: Services, { database, warnings, runChecks }: TaskParts): readonly Task[] {
  const { configuration, store, clock, tls, queue, quarantine, intake, statistics, accounts, audit } =
    services;
  const { config } = configuration;
  return [
    dailyReportTask({
      hostname: config.hostname,
      idleAccountMs: () => config.housekeeper.idleAccountMs,
      reportTo: () => config.housekeeper.reportTo ?? config.postmaster,
      domains: () => accounts.domainNames(),
      directory: accounts.directory,
      intake,
      store: new ReportStore(store, store),
      queue: () => queue.counts(),
      totals: async () => (await statistics.read()).inAll,
      warnings: () => warnings.list(),
      clock,
    }),
    retentionTask(
      [
        { what: 'messages in quarantine', run: () => quarantine.purge() },
        { what: 'messages of history', run: () => queue.purge() },
        { what: 'entries of the audit', run: () => audit.purge() },
        {
          what: 'log files',
          run: () => removeOldLogs(join(config.stateDir, 'logs'), config.log, clock.now()),
        },
      ],
      () => store.health.state === 'ok',
    ),
    databaseTask(database, (faults) => store.reportDamage(faults)),
    certificateTask(() => tls.reload(), runChecks),
    diskSpaceTask(runChecks),
    selfTestTask(runChecks),
  ];
}

async function runChecks(selfTest: SelfTest, names: readonly string[] | null): Promise<TaskOutcome> {
  await selfTest.run(names);
  const found = selfTest.findings(names);
  const count = (severity: Warning['severity'], noun: string): string[] => {
    const n = found.filter((finding) => finding.severity === severity).length;
    return n === 0 ? [] : [`${n} ${noun}${n === 1 ? '' : 's'}`];
  };
  const counts = [...count('error', 'error'), ...count('warning', 'warning'), ...count('notice', 'notice')];
  const grave = found.some(({ severity }) => severity !== 'notice');
  return {
    result: grave ? 'warning' : 'ok',
    detail: counts.length === 0 ? 'nothing found' : counts.join(', '),
  };
}
