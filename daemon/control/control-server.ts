/**
 * The control API's socket: listens, counts its clients and lets them go at the end.
 *
 * Who may open the socket file may do everything; see socket-file.ts. On Windows the path is a named pipe, whose
 * access Node cannot set: not for machines with several users.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { rpcError } from '../../shared/rpc/errors.ts';
import type { AuditRecord } from '../audit/audit-store.ts';
import { type Clock, isoTime } from '../clock.ts';
import type { Logger, LoggerSource } from '../log/logger.ts';
import { encodeError } from './answer.ts';
import { ControlConnection } from './connection.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Handlers } from './handler.ts';
import { type ControlLimits, defaultLimits } from './limits.ts';
import { SocketFile } from './socket-file.ts';

export interface ControlServerNeeds {
  readonly path: string;
  /** Name or number of the group that may use the socket besides its owner; null: that of the process. */
  readonly group: string | null;
  readonly handlers: Handlers;
  readonly log: LoggerSource;
  readonly clock: Clock;
  readonly limits?: Partial<ControlLimits>;
  /** Keeps who was to change what. */
  readonly audit: (record: AuditRecord) => void;
}

export interface ControlClient {
  readonly id: number;
  /** Null before its `service.hello`. */
  readonly client: string | null;
  readonly since: string;
  readonly callsInFlight: number;
  readonly unreadBytes: number;
}

export class ControlServer {
  readonly #file: SocketFile;
  readonly #limits: ControlLimits;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #dispatcher: Dispatcher;
  readonly #connections = new Map<ControlConnection, { readonly since: number }>();
  readonly #server: Server;
  #lastId = 0;

  constructor(needs: ControlServerNeeds) {
    this.#file = new SocketFile(needs.path, needs.group);
    this.#limits = { ...defaultLimits, ...needs.limits };
    this.#clock = needs.clock;
    this.#log = needs.log.for('control');
    this.#dispatcher = new Dispatcher({ ...needs, limits: this.#limits });
    // Half open: `printf ... | nc -N -U maild.sock` gets its answers after it has sent all.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.on('error', (error) => this.#log.error('control socket failed', { error: error.message }));
  }

  /** Throws SocketFileError with a sentence that says what is in the way. */
  async listen(): Promise<void> {
    await this.#file.prepare();
    await this.#file.bind(this.#server);
    this.#log.info('listening', { socket: this.#file.path });
  }

  /** Takes no more clients, lets answers that are ready go out and closes. The socket file goes with it. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections.keys()) connection.close();
    await closed;
  }

  clients(): readonly ControlClient[] {
    return [...this.#connections].map(([connection, { since }]) => ({
      id: connection.id,
      client: connection.client,
      since: isoTime(since),
      callsInFlight: connection.calls.size,
      unreadBytes: connection.unreadBytes,
    }));
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#limits.clients) {
      this.#log.warn('client refused: too many', { clients: this.#connections.size });
      const error = rpcError('limit.exceeded', `maild serves ${this.#limits.clients} clients at a time`);
      socket.on('error', () => {});
      socket.write(`${encodeError(null, error)}\n`);
      socket.destroySoon();
      return;
    }
    this.#lastId += 1;
    const connection = new ControlConnection(this.#lastId, socket, {
      dispatcher: this.#dispatcher,
      limits: this.#limits,
      clock: this.#clock,
      log: this.#log,
    });
    this.#connections.set(connection, { since: this.#clock.now() });
    connection.onClosed(() => this.#connections.delete(connection));
  }
}
