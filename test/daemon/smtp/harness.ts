/** A listener on a port of its own, with fakes for all that lies behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../daemon/clock.ts';
import type { Config, ListenerConfig } from '../../../daemon/config/config.ts';
import { type LogFields, type Logger, nullLog } from '../../../daemon/log/logger.ts';
import { SmtpListener } from '../../../daemon/smtp/smtp-listener.ts';
import { FakeDirectory } from '../../helpers/fake-directory.ts';
import { FakeIntake } from '../../helpers/fake-intake.ts';
import { FakeRegistry } from '../../helpers/fake-registry.ts';
import { testConfig } from '../../helpers/test-config.ts';
import { testTls } from '../../helpers/test-tls.ts';

export interface Harness {
  readonly port: number;
  readonly listener: SmtpListener;
  readonly registry: FakeRegistry;
  readonly directory: FakeDirectory;
  readonly intake: FakeIntake;
  readonly counts: Map<string, number>;
  readonly stateDir: string;
  /** Every line of the log, at every level: `level message {fields}`. */
  readonly log: string[];
  config: Config;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly listener?: Partial<ListenerConfig>;
  readonly config?: Parameters<typeof testConfig>[0];
  readonly clock?: Clock;
}

/** Clients are on loopback, which the default configuration trusts: here they are strangers unless a test says so. */
export async function startListener(options: HarnessOptions = {}): Promise<Harness> {
  const stateDir = mkdtempSync(join(tmpdir(), 'maild-smtp-'));
  const registry = new FakeRegistry();
  const directory = new FakeDirectory();
  const intake = new FakeIntake();
  const counts = new Map<string, number>();
  const log: string[] = [];
  const line = (level: string) => (message: string, fields?: LogFields) => {
    log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  const logger: Logger = {
    enabled: () => true,
    error: line('error'),
    warn: line('warn'),
    info: line('info'),
    debug: line('debug'),
    trace: line('trace'),
  };
  const harness = {
    config: testConfig({
      relayNetworks: [],
      domains: ['example.com'],
      stateDir,
      ...options.config,
      smtp: { greetingDelayMs: 0, ...options.config?.smtp },
    }),
  };
  const listener = new SmtpListener({
    listener: { protocol: 'smtp', address: '127.0.0.1', port: 0, tls: 'starttls', ...options.listener },
    config: () => harness.config,
    tls: testTls(),
    registry,
    directory,
    intake,
    statistics: { add: (counter, n = 1) => counts.set(counter, (counts.get(counter) ?? 0) + n) },
    log: { ...nullLog, for: () => logger },
    clock: options.clock ?? systemClock,
  });
  await listener.listen();
  return Object.assign(harness, {
    port: listener.port,
    listener,
    registry,
    directory,
    intake,
    counts,
    stateDir,
    log,
    close: async () => {
      await listener.close({ drainMs: 0 });
      rmSync(stateDir, { recursive: true, force: true });
    },
  });
}
