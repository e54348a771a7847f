/** Stands between a client and a server on loopback and tells what went through: who transferred how much, and with which words. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export class WireTap {
  port = 0;
  /** All that clients said since the last {@link forget}. Of a connection that is encrypted, bytes that mean nothing. */
  said = '';
  bytesFromServer = 0;
  readonly #to: number;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(to: number) {
    this.#to = to;
    this.#server = createServer((client) => this.#through(client));
  }

  /** Ends with the test. */
  static async before(port: number): Promise<WireTap> {
    const tap = new WireTap(port);
    await new Promise<void>((resolve) => tap.#server.listen(0, '127.0.0.1', resolve));
    const address = tap.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    tap.port = address.port;
    onTestFinished(() => tap.#end());
    return tap;
  }

  forget(): void {
    this.said = '';
    this.bytesFromServer = 0;
  }

  #through(client: Socket): void {
    const server = connect(this.#to, '127.0.0.1');
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
    client.on('data', (data) => {
      this.said += data.toString('latin1');
    });
    server.on('data', (data) => {
      this.bytesFromServer += data.length;
    });
    client.pipe(server);
    server.pipe(client);
  }

  async #end(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
