/** An IMAP listener on a free port, on mailboxes in memory, with a clock that a test moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config, TlsMode } from '../../../daemon/config/config.ts';
import type { FetchMessages } from '../../../daemon/imap/fetch/fetch-messages-port.ts';
import { imapListener } from '../../../daemon/imap/imap-listener.ts';
import type { ProtocolListener } from '../../../daemon/listeners/protocol-listener.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { FakeDirectory } from '../../helpers/fake-directory.ts';
import { FakeMailboxes } from '../../helpers/fake-mailboxes.ts';
import { FakeRegistry } from '../../helpers/fake-registry.ts';
import { ImapTestClient } from '../../helpers/imap-test-client.ts';
import { testConfig } from '../../helpers/test-config.ts';
import { testTls } from '../../helpers/test-tls.ts';

export interface RigOptions {
  readonly tls?: TlsMode;
  readonly config?: Parameters<typeof testConfig>[0];
  readonly fetchMessages?: FetchMessages;
}

export class ImapRig {
  readonly clock = new FakeClock();
  readonly directory = new FakeDirectory();
  readonly registry = new FakeRegistry();
  readonly mailboxes = new FakeMailboxes();
  readonly logged: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  freeBytes: number | null = null;
  config: Config;
  readonly #listener: ProtocolListener;

  constructor({ tls = 'starttls', config = {}, fetchMessages }: RigOptions, stateDir: string) {
    this.config = testConfig({ ...config, stateDir });
    this.#listener = imapListener({
      listener: { address: '127.0.0.1', port: 0, tls },
      tls: tls === 'none' ? null : testTls(),
      config: () => this.config,
      directory: this.directory,
      registry: this.registry,
      mailboxes: this.mailboxes,
      freeBytes: () => this.freeBytes,
      ...(fetchMessages === undefined ? {} : { fetchMessages }),
      clock: this.clock,
      log: { for: () => this.#logger() },
    });
  }

  listen(): Promise<void> {
    return this.#listener.listen();
  }

  get port(): number {
    return this.#listener.port;
  }

  /** What the newest session has got from its client. */
  get bytesIn(): number {
    return this.registry.last.start.bytes?.().bytesIn ?? 0;
  }

  close(drainMs = 0): Promise<void> {
    return this.#listener.close({ drainMs });
  }

  /** After the greeting. */
  client(): Promise<ImapTestClient> {
    return ImapTestClient.connect(this.port);
  }

  async alice(): Promise<ImapTestClient> {
    const client = await this.client();
    await client.ok('LOGIN alice@example.com secret');
    return client;
  }

  /** Alice with a mailbox selected. */
  async selected(name = 'INBOX'): Promise<ImapTestClient> {
    const client = await this.alice();
    await client.ok(`SELECT ${name}`);
    return client;
  }

  #logger() {
    const at =
      (level: string) =>
      (message: string, fields: object = {}): void => {
        this.logged.push({ level, message, fields: { ...fields } });
      };
    return {
      enabled: () => true,
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      trace: at('trace'),
    };
  }
}

export async function startImap(options: RigOptions = {}): Promise<ImapRig> {
  const stateDir = mkdtempSync(join(tmpdir(), 'maild-imap-'));
  const rig = new ImapRig(options, stateDir);
  await rig.listen();
  onTestFinished(async () => {
    const closed = rig.close();
    rig.clock.advance(1);
    await closed;
    rmSync(stateDir, { recursive: true, force: true });
  });
  return rig;
}
