/** A POP3 listener on mailboxes with a real database, alice with an account in them. */
import { type Clock, systemClock } from '../../../daemon/clock.ts';
import type { Config, ListenerConfig } from '../../../daemon/config/config.ts';
import { type LogFields, type Logger, nullLog } from '../../../daemon/log/logger.ts';
import type { MailboxesPort } from '../../../daemon/mailboxes/mailboxes-port.ts';
import { MaildropLocks } from '../../../daemon/pop3/maildrop-locks.ts';
import { Pop3Listener } from '../../../daemon/pop3/pop3-listener.ts';
import { FakeDirectory } from '../../helpers/fake-directory.ts';
import { FakeRegistry } from '../../helpers/fake-registry.ts';
import { Pop3TestClient } from '../../helpers/pop3-test-client.ts';
import { testConfig } from '../../helpers/test-config.ts';
import { type TestMailboxes, testMailboxes } from '../../helpers/test-mailboxes.ts';
import { testTls } from '../../helpers/test-tls.ts';

export interface Harness {
  readonly port: number;
  readonly listener: Pop3Listener;
  readonly registry: FakeRegistry;
  readonly directory: FakeDirectory;
  readonly store: TestMailboxes;
  readonly alice: number;
  /** Every line of the log, at every level: `level message {fields}`. */
  readonly log: string[];
  config: Config;
  /** What the listener is given as mailboxes; a test may put something over it. */
  readonly mailboxes: { -readonly [K in keyof MailboxesPort]: MailboxesPort[K] };
  connect(options?: { readonly tls?: boolean }): Promise<Pop3TestClient>;
  /** Logged in as alice. */
  ready(): Promise<Pop3TestClient>;
  /** Appends these to alice's INBOX. */
  fill(...bodies: readonly string[]): Promise<number[]>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly listener?: Partial<ListenerConfig>;
  readonly config?: Parameters<typeof testConfig>[0];
  readonly clock?: Clock;
}

export async function startListener(options: HarnessOptions = {}): Promise<Harness> {
  const clock = options.clock ?? systemClock;
  const store = await testMailboxes();
  const alice = await store.account('alice@example.com');
  const registry = new FakeRegistry();
  const directory = new FakeDirectory();
  directory.accounts.set('alice@example.com', alice);
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
  const real = store.mailboxes;
  const mailboxes = Object.assign(Object.create(real), {
    open: real.open.bind(real),
    find: real.find.bind(real),
    sizes: real.sizes.bind(real),
    read: real.read.bind(real),
    removeMessages: real.removeMessages.bind(real),
    changeFlags: real.changeFlags.bind(real),
  });
  const harness = { config: testConfig({ relayNetworks: [], ...options.config }) };
  const listener = new Pop3Listener({
    listener: { address: '127.0.0.1', port: 0, tls: 'starttls', ...options.listener },
    config: () => harness.config,
    tls: testTls(),
    registry,
    directory,
    mailboxes,
    locks: new MaildropLocks(clock),
    log: { ...nullLog, for: () => logger },
    clock,
  });
  await listener.listen();
  const clients: Pop3TestClient[] = [];
  const connect = async (how: { readonly tls?: boolean } = {}): Promise<Pop3TestClient> => {
    const client = await Pop3TestClient.ready(listener.port, how);
    clients.push(client);
    return client;
  };
  return Object.assign(harness, {
    port: listener.port,
    listener,
    registry,
    directory,
    store,
    alice,
    log,
    mailboxes,
    connect,
    ready: async () => {
      const client = await connect();
      const reply = await client.logIn('alice@example.com', 'secret');
      if (!reply.startsWith('+OK')) throw new Error(reply);
      return client;
    },
    fill: async (...bodies: readonly string[]) => {
      const uids: number[] = [];
      for (const body of bodies) uids.push(await store.append(alice, 'INBOX', { body }));
      return uids;
    },
    close: async () => {
      for (const client of clients) client.close();
      await listener.close({ drainMs: 0 });
    },
  });
}
