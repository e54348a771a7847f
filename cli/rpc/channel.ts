/**
 * Calls and answers over a transport. json-rpc-2.0 matches answers to calls and keeps their time; framing, and results
 * that are wanted as they stand in the frame, are handled here.
 */
// The package's index would bring its server into every command.
import { JSONRPCClient } from 'json-rpc-2.0/dist/client.js';
import type { RpcError } from '../../shared/rpc/errors.ts';
import { FrameSplitter, maxAnswerBytes } from '../../shared/rpc/frames.ts';
import { ClientError, fromRpcError, localError } from './client-error.ts';
import type { Transport } from './transport.ts';

interface Message {
  readonly id?: number | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: Partial<RpcError>;
}

/** The daemon writes its answers in exactly this order (maild-api(7), "Frames"). */
const answerHead = /^\{"jsonrpc":"2\.0","id":(\d+),"result":/;
const answerHeadLength = 64;

export class Channel {
  /** Settles when the daemon is gone; null when this side closed. Never rejects. */
  readonly closed: Promise<ClientError | null>;
  readonly #transport: Transport;
  readonly #splitter = new FrameSplitter(maxAnswerBytes);
  readonly #rpc: JSONRPCClient;
  readonly #onNotification: (method: string, params: unknown) => void;
  /** Ids of calls whose result is wanted unparsed. */
  readonly #rawIds = new Set<number>();
  #lastId = 0;
  #lost: ClientError | null = null;
  #closedHere = false;

  constructor(transport: Transport, onNotification: (method: string, params: unknown) => void) {
    this.#transport = transport;
    this.#onNotification = onNotification;
    this.#rpc = new JSONRPCClient((payload) => {
      transport.output.write(`${JSON.stringify(payload)}\n`);
    });
    transport.input.on('data', (chunk: Buffer) => this.#onData(chunk));
    transport.input.on('end', () => transport.close());
    this.closed = transport.ended.then((error) => {
      this.#fail(error);
      return this.#closedHere ? null : this.#lost;
    });
  }

  /** The result, parsed. Throws ClientError. */
  call(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    return this.#request(this.#nextId(), method, params, timeoutMs);
  }

  /** The result as it stands in the frame. Throws ClientError. */
  async callRaw(method: string, params: unknown, timeoutMs: number): Promise<Buffer> {
    const id = this.#nextId();
    this.#rawIds.add(id);
    try {
      const result = await this.#request(id, method, params, timeoutMs);
      return Buffer.isBuffer(result) ? result : Buffer.from(JSON.stringify(result));
    } finally {
      this.#rawIds.delete(id);
    }
  }

  /** Stops reading: the daemon then keeps a bounded number of events and counts the others. */
  pause(): void {
    this.#transport.input.pause();
  }

  resume(): void {
    this.#transport.input.resume();
  }

  close(): void {
    this.#closedHere = true;
    this.#fail(new ClientError('unreachable', 'the connection was closed'));
    this.#transport.close();
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  async #request(id: number, method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    if (this.#lost) throw this.#lost;
    const seconds = Math.round(timeoutMs / 100) / 10;
    const timed = this.#rpc.timeout(timeoutMs, (unanswered) => ({
      jsonrpc: '2.0',
      id: unanswered,
      error: localError('timeout', `maild did not answer in ${seconds} s`),
    }));
    const answer = await timed.requestAdvanced({ jsonrpc: '2.0', id, method, params });
    if (!answer.error) return answer.result;
    throw this.#lost ?? fromRpcError(answer.error);
  }

  #onData(chunk: Buffer): void {
    try {
      this.#splitter.push(chunk);
      for (let frame = this.#splitter.next(); frame !== null; frame = this.#splitter.next()) {
        this.#onFrame(frame);
      }
    } catch (cause) {
      this.#fail(new ClientError('protocol', 'what answers there is not maild', { cause }));
      this.#transport.close();
    }
  }

  #onFrame(frame: Buffer): void {
    if (this.#rawIds.size > 0) {
      const head = answerHead.exec(frame.toString('latin1', 0, answerHeadLength));
      const id = Number(head?.[1]);
      if (head && this.#rawIds.has(id)) {
        this.#rpc.receive({ jsonrpc: '2.0', id, result: frame.subarray(head[0].length, -1) });
        return;
      }
    }
    const message: Message = JSON.parse(frame.toString('utf8'));
    if (message.method !== undefined) this.#onNotification(message.method, message.params);
    else if (typeof message.id === 'number')
      this.#rpc.receive({ ...message, jsonrpc: '2.0', id: message.id } as never);
    // Without an id it is the reason why the daemon is about to close.
    else if (message.error) this.#fail(fromRpcError(message.error));
  }

  /** The first reason counts. */
  #fail(error: ClientError): void {
    this.#lost ??= error;
    this.#rpc.rejectAllPendingRequests(error.message);
  }
}
