/** Collecting into a real database: a queue, an INBOX of ann, and servers elsewhere that a test scripts. */
import { onTestFinished } from 'vitest';
import type { Resolution } from '../../../daemon/accounts/directory-port.ts';
import { type Clock, systemClock } from '../../../daemon/clock.ts';
import { type CollectCounts, newCounts } from '../../../daemon/connections/collect.ts';
import { CollectorFailure } from '../../../daemon/connections/collector-failure.ts';
import {
  type CollectorValues,
  ConnectionStore,
  type StoredCollector,
} from '../../../daemon/connections/connection-store.ts';
import { collectorOwner, pollCollector } from '../../../daemon/connections/poll-collector.ts';
import { SecretBox } from '../../../daemon/connections/secret-box.ts';
import { SeenStore } from '../../../daemon/connections/seen-store.ts';
import type { IntakePort } from '../../../daemon/intake/intake-port.ts';
import { MessageFiles } from '../../../daemon/intake/message-files.ts';
import type { LogFields, Logger } from '../../../daemon/log/logger.ts';
import { FakeSessions } from '../../helpers/fake-sessions.ts';
import { testConfig } from '../../helpers/test-config.ts';
import { type TestQueue, testQueue } from '../../helpers/test-queue.ts';

export const ann = 'ann@example.com';

export interface Polled extends CollectCounts {
  /** Code and text of what it ended with; null: all went well. */
  readonly failure: string | null;
}

export class CollectRig {
  readonly queue: TestQueue;
  readonly sessions = new FakeSessions();
  /** Lines of the log, fields and all, as JSON. */
  readonly lines: string[] = [];
  readonly secrets: SecretBox;
  readonly seen: SeenStore;
  /** By address; the others of example.com are unknown. */
  readonly resolutions = new Map<string, Resolution>();
  maxMessageBytes = 1_000_000;
  refusal: ReturnType<IntakePort['refusal']> = null;
  /** Runs before a message is taken. */
  beforeAccept: (id: number) => Promise<void> = async () => {};
  readonly #clock: Clock;

  private constructor(queue: TestQueue, clock: Clock) {
    this.queue = queue;
    this.#clock = clock;
    this.secrets = new SecretBox(`${queue.folder}/secrets.key`);
    this.seen = new SeenStore(queue.store);
    this.resolutions.set(ann, { kind: 'known', accounts: [{ accountId: 1, address: ann }], elsewhere: [] });
  }

  static async start(clock: Clock = systemClock): Promise<CollectRig> {
    const queue = await testQueue(clock);
    await queue.store.transaction(async (tx) => {
      await tx.run(`INSERT INTO accounts (id, address, password_hash, created_at) VALUES (1, ?, '', 0)`, [
        ann,
      ]);
      await tx.run(
        `INSERT INTO mailboxes (account_id, name, uid_validity, created_at) VALUES (1, 'INBOX', 1, 0)`,
      );
    });
    return new CollectRig(queue, clock);
  }

  /** One poll. It is aborted with the test. */
  async poll(port: number, changes: Partial<CollectorValues> = {}, password = 'secret'): Promise<Polled> {
    const counts = newCounts();
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    try {
      await pollCollector(
        this.collector(port, changes, password),
        counts,
        this.needs(),
        stop.signal,
        () => {},
      );
      return { ...counts, failure: null };
    } catch (error) {
      if (!(error instanceof CollectorFailure)) throw error;
      return { ...counts, failure: `${error.code}: ${error.message}` };
    }
  }

  collector(port: number, changes: Partial<CollectorValues>, password: string): StoredCollector {
    const values: CollectorValues = {
      protocol: 'pop3',
      host: '127.0.0.1',
      port,
      tls: 'none',
      verify: true,
      user: 'joe',
      folders: [],
      keepDays: 0,
      byHeaders: false,
      deliverTo: ann,
      ...changes,
    };
    const secret = this.secrets.seal(password, collectorOwner);
    return { id: 1, values, secret, lastError: null, failures: 0, failingSince: null, retryAt: null };
  }

  /** The messages in ann's INBOX without our header, in their order. */
  async inbox(): Promise<string[]> {
    const rows = await this.queue.store.all<{ body: Buffer }>(
      'SELECT c.body FROM mailbox_entries AS e JOIN contents AS c ON c.id = e.content_id ORDER BY e.uid',
    );
    return rows.map(({ body }) => body.toString('latin1').replace(/^Received:[\s\S]*?\r\n(?!\t)/, ''));
  }

  needs() {
    const { queue } = this.queue;
    const directory = {
      isLocalDomain: (domain: string) => domain === 'example.com',
      resolve: async (address: string): Promise<Resolution> =>
        this.resolutions.get(address) ?? { kind: address.endsWith('@example.com') ? 'unknown' : 'foreign' },
    };
    const intake: IntakePort = {
      refusal: () => this.refusal,
      nextId: () => queue.nextId(),
      accept: async (id, message, also) => {
        await this.beforeAccept(id);
        await queue.accept({ id, ...message }, also);
      },
    };
    return {
      config: () => testConfig({ maxMessageBytes: this.maxMessageBytes }),
      intake,
      directory,
      files: new MessageFiles(this.queue.folder),
      seen: this.seen,
      submit: (parts: Parameters<typeof this.queue.store.submit>[0]) => this.queue.store.submit(parts),
      clock: this.#clock,
      log: keptIn(this.lines),
      sessions: this.sessions,
      addresses: async (host: string) => [host],
      secrets: this.secrets,
      store: new ConnectionStore(this.queue.store),
    };
  }
}

function keptIn(lines: string[]): Logger {
  const keep = (message: string, fields?: LogFields) => {
    lines.push(JSON.stringify({ message, ...fields }));
  };
  return { enabled: () => true, error: keep, warn: keep, info: keep, debug: keep, trace: keep };
}
