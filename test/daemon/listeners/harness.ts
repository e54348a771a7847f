/** A listener whose dialogue says back what it hears, and notes what it is told. */
import { connect, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../../daemon/clock.ts';
import type { Config } from '../../../daemon/config/config.ts';
import type { ClientSocket } from '../../../daemon/listeners/client-socket.ts';
import type { ClientDialogue } from '../../../daemon/listeners/dialogue.ts';
import { ProtocolListener, type ProtocolListenerNeeds } from '../../../daemon/listeners/protocol-listener.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { FakeRegistry } from '../../helpers/fake-registry.ts';
import { testConfig } from '../../helpers/test-config.ts';
import { testTls } from '../../helpers/test-tls.ts';

export class Echo implements ClientDialogue {
  readonly client: ClientSocket;
  readonly told: string[] = [];
  heard = '';
  heardInside = '';
  swept = 0;

  constructor(client: ClientSocket) {
    this.client = client;
    client.write(`hello ${client.refusal ?? 'friend'}\r\n`);
    if (client.refusal !== null) client.end();
  }

  received(chunk: Buffer): void {
    this.heard += chunk;
    if (this.client.secure) this.heardInside += chunk;
    if (chunk.toString().startsWith('STARTTLS')) void this.startTls();
    else if (this.heard.includes('QUIT')) this.client.end();
    else this.client.write(chunk);
  }

  async startTls(): Promise<void> {
    this.told.push(`TLS ${await this.client.startTls('go\r\n')}`);
    this.client.write('inside\r\n');
  }

  finished(): void {
    this.told.push('finished');
    this.client.write('bye\r\n');
    this.client.end();
  }

  kill(reason: string): void {
    this.told.push(`kill ${reason}`);
    this.client.write('killed\r\n');
    this.client.end();
  }

  shutDown(): void {
    this.told.push('shutDown');
  }

  sweep(): void {
    this.swept += 1;
  }

  closed(): void {
    this.told.push('closed');
  }
}

export interface Harness {
  readonly listener: ProtocolListener;
  readonly registry: FakeRegistry;
  readonly echoes: Echo[];
  last(): Echo;
  config: Config;
  connect(): Client;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly tls?: ProtocolListenerNeeds['listener']['tls'];
  readonly clock?: Clock;
  readonly config?: Parameters<typeof testConfig>[0];
}

export async function startListener(options: HarnessOptions = {}): Promise<Harness> {
  const registry = new FakeRegistry();
  const echoes: Echo[] = [];
  const clients: Client[] = [];
  const harness = { config: testConfig({ relayNetworks: [], ...options.config }) };
  const listener = new ProtocolListener({
    protocol: 'pop3',
    listener: { address: '127.0.0.1', port: 0, tls: options.tls ?? 'starttls' },
    config: () => harness.config,
    tls: testTls(),
    registry,
    log: nullLog.for('pop3'),
    clock: options.clock ?? systemClock,
    begin: (client) => {
      const echo = new Echo(client);
      echoes.push(echo);
      return echo;
    },
  });
  await listener.listen();
  return Object.assign(harness, {
    listener,
    registry,
    echoes,
    last: () => {
      const echo = echoes.at(-1);
      if (echo === undefined) throw new Error('nobody was greeted yet');
      return echo;
    },
    connect: () => {
      const client = new Client(connect(listener.port, '127.0.0.1'));
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) client.socket.destroy();
      await listener.close({ drainMs: 0 });
    },
  });
}

/** A client that keeps all that it is told. */
export class Client {
  readonly socket: Socket;
  text = '';
  closed = false;
  error: Error | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.text += chunk;
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      this.closed = true;
    });
  }
}
