/**
 * The service from its start to its end: what is opened in which order, and closed in the opposite one.
 *
 * State directory, lock, log, database and services, control socket, server. From the control socket on mailctl is
 * answered, whatever is wrong with the rest.
 */

import { version } from '../shared/version.ts';
import { makeHandlers, newestEntries } from './api.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Configuration, ReloadOutcome } from './config/configuration.ts';
import { ControlServer } from './control/control-server.ts';
import { errorText } from './errors.ts';
import { InstanceLock } from './lifecycle/instance-lock.ts';
import { prepareStateDirectory } from './lifecycle/state-directory.ts';
import { tellSystemd } from './lifecycle/systemd.ts';
import { Log } from './log/log.ts';
import { outputFormat } from './log/log-output.ts';
import type { LogFields } from './log/logger.ts';
import { openServices, type Services } from './services.ts';
import { LoopDelay } from './status/loop-delay.ts';
import { StatusReport } from './status/status.ts';
import { makeUpkeep, type Upkeep } from './upkeep.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const standardOutput = 1;

export class Maild {
  readonly #configuration: Configuration;
  readonly #env: Environment;
  readonly #clock: Clock = systemClock;
  readonly #startedAt = this.#clock.now();
  /** What is open, in the order it was opened. */
  readonly #closers: (() => void | Promise<void>)[] = [];
  #log: Log | null = null;
  #services: Services | null = null;
  #upkeep: Upkeep | null = null;
  #starting: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(configuration: Configuration, env: Environment) {
    this.#configuration = configuration;
    this.#env = env;
  }

  /** Throws when the service cannot run at all; then nothing is left open. */
  async start(): Promise<void> {
    this.#starting = this.#open();
    try {
      await this.#starting;
    } catch (error) {
      await this.#close();
      throw error;
    }
  }

  /** Lets what is in flight end, for half a minute at most. */
  async stop(reason: string): Promise<void> {
    this.#stopping = true;
    await this.#starting;
    const log = this.#log?.for('server');
    log?.info('service stopping', { reason });
    if (log) await tellSystemd('STOPPING=1', this.#env, log);
    await this.#services?.server.stop(reason);
    log?.info('service stopped', { reason });
    await this.#close();
  }

  /** Throws {@link ConfigError}, and MaildError `tls.certificate`; the parts concerned stay as they were. */
  async reload(): Promise<ReloadOutcome> {
    const outcome = this.#configuration.reload();
    this.#services?.tls.reload();
    this.#upkeep?.reloaded();
    this.#log?.for('server').info('configuration reloaded', { ...outcome });
    return outcome;
  }

  /** For SIGHUP: what is wrong goes into the log, as nobody waits for an answer. */
  reloadBySignal(): void {
    this.reload().catch((error: unknown) => {
      this.#log?.for('server').error('configuration not reloaded: all stays as it was', {
        error: errorText(error),
      });
    });
  }

  /** The last words of a process that ends at once. */
  noteEnd(message: string, fields: LogFields): void {
    this.#log?.for('server').error(message, fields);
    this.#log?.flushSync();
  }

  async #open(): Promise<void> {
    const { config } = this.#configuration;
    const repaired = prepareStateDirectory(config.stateDir);
    const lock = await InstanceLock.take(config.stateDir);
    this.#closers.push(() => lock.release());
    const log = await this.#openLog();
    const serverLog = log.for('server');
    serverLog.info('service starting', {
      version,
      pid: process.pid,
      config: this.#configuration.file ?? 'none',
    });
    if (repaired !== null) serverLog.warn(repaired, { stateDir: config.stateDir });

    const services = await openServices({ configuration: this.#configuration, log, clock: this.#clock });
    this.#services = services;
    this.#closers.push(() => services.close());
    const upkeep = makeUpkeep(services);
    this.#upkeep = upkeep;
    this.#closers.push(() => upkeep.close());
    const loopDelay = new LoopDelay(this.#clock);
    this.#closers.push(() => loopDelay.close());

    const control = new ControlServer({
      path: config.control.socket,
      group: config.control.group,
      handlers: makeHandlers({
        services,
        upkeep,
        status: this.#statusReport(services, upkeep, loopDelay),
        reload: () => this.reload(),
      }),
      log,
      clock: this.#clock,
      audit: (record) => services.audit.record(record),
    });
    await control.listen();
    this.#closers.push(() => control.close());

    if (!this.#stopping) await services.server.start();
    upkeep.start();
    serverLog.info('ready', { socket: config.control.socket });
    await tellSystemd('READY=1', this.#env, serverLog);
  }

  async #openLog(): Promise<Log> {
    const { config } = this.#configuration;
    const log = new Log({
      settings: config.log,
      stateDir: config.stateDir,
      clock: this.#clock,
      output: outputFormat(config.log.stdout, this.#env, standardOutput, process.stdout.isTTY === true),
    });
    this.#log = log;
    this.#closers.push(() => log.close());
    await log.start();
    return log;
  }

  #statusReport(services: Services, upkeep: Upkeep, loopDelay: LoopDelay): StatusReport {
    const { config } = this.#configuration;
    const {
      store,
      server,
      pauses,
      listeners,
      statistics,
      sessions,
      queue,
      connections,
      scanning,
      freeSpace,
      log,
    } = services;
    return new StatusReport({
      startedAt: this.#startedAt,
      config,
      configFile: () => this.#configuration.file,
      server,
      pauses,
      store,
      listeners,
      statistics,
      sessions,
      queue,
      connections: connections.worker,
      freeSpace,
      warnings: upkeep.warnings,
      housekeeper: upkeep.housekeeper,
      scanners: () => scanning.status(),
      loopDelay,
      activity: (lines) => newestEntries(log, { level: 'info' }, lines),
    });
  }

  /** One part that cannot be closed must not keep the others open. */
  async #close(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        this.#log?.for('server').error('part of the service did not close', { error: errorText(error) });
      }
    }
  }
}
