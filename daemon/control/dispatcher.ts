/**
 * From a frame to its answer: parse, check, call the handler, word the result or the error.
 *
 * json-rpc-2.0 dispatches single calls. Done outside of it, because of what it does with a stranger's bytes:
 * - batches: it answers a batch of one with an object instead of an array, throws at `[null]`, and starts all calls
 *   at once. Here they run one after another, and no further one once their answers are large.
 * - requests are checked before: it echoes any object as an id and looks up any value as a method.
 * - errors: it sends the text of whatever was thrown.
 * - results that are JSON text already go into the frame unparsed.
 */
import { isUtf8 } from 'node:buffer';
import { JSONRPCServer } from 'json-rpc-2.0';
import { type CheckedParams, type MethodName, methods } from '../../shared/api/index.ts';
import type { Method } from '../../shared/api/method.ts';
import { type RpcError, rpcError } from '../../shared/rpc/errors.ts';
import { protocolVersion, version } from '../../shared/version.ts';
import type { AuditRecord } from '../audit/audit-store.ts';
import type { Clock } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { LoggerSource } from '../log/logger.ts';
import { encodeAnswer, encodeBatch, encodeError } from './answer.ts';
import { brief, type Call, CallLog } from './call-log.ts';
import type { EventOutlet } from './event-outlet.ts';
import { checkFrame } from './frame-check.ts';
import type { Handlers, SubscriberContext } from './handler.ts';
import type { ControlLimits } from './limits.ts';
import { isRequest, type Request, requestId } from './request.ts';

/** The client that a frame came from. */
export interface Caller {
  /** Null before `service.hello`. */
  client: string | null;
  /** As the client says, for the audit. */
  user: string | null;
  readonly outlet: EventOutlet;
  /** Of the calls that are running: whoever closes the client aborts them. */
  readonly calls: Set<AbortController>;
}

/** Where a call came from, and what is to be done when the answer to its frame is on its way. */
interface CallParams {
  readonly caller: Caller;
  readonly afterAnswer: (() => void)[];
}

export interface DispatcherNeeds {
  readonly handlers: Handlers;
  readonly log: LoggerSource;
  readonly clock: Clock;
  readonly limits: ControlLimits;
  /** Keeps who was to change what. */
  readonly audit: (record: AuditRecord) => void;
}

type AnyHandler = (params: unknown, context: SubscriberContext) => unknown;

/** Longest piece of a client's own text that an error gives back. */
const maxEchoLength = 200;

export class Dispatcher {
  readonly #handlers: Handlers;
  readonly #clock: Clock;
  readonly #limits: ControlLimits;
  readonly #callLog: CallLog;
  readonly #audit: DispatcherNeeds['audit'];
  readonly #server = new JSONRPCServer<CallParams>({ errorListener: () => {} });

  constructor(needs: DispatcherNeeds) {
    this.#handlers = needs.handlers;
    this.#clock = needs.clock;
    this.#limits = needs.limits;
    this.#audit = needs.audit;
    this.#callLog = new CallLog(needs.log.for('control'));
    this.#server.mapErrorToJSONRPCErrorResponse = (id, error) => ({
      jsonrpc: '2.0',
      id,
      error: errorForClient(error),
    });
    for (const name of Object.keys(methods) as MethodName[]) {
      this.#server.addMethod(name, (params, from) => this.#call(name, params, from));
    }
  }

  /**
   * The answer to a frame; null when it wants none (notifications). Never rejects. What it pushes to `afterAnswer` is
   * to be called when the answer is on its way.
   */
  async answer(frame: Buffer, caller: Caller, afterAnswer: (() => void)[]): Promise<string | null> {
    let message: unknown;
    try {
      message = this.#parse(frame);
    } catch (error) {
      return encodeError(null, errorForClient(error));
    }
    const from: CallParams = { caller, afterAnswer };
    if (!Array.isArray(message)) return this.#answerOne(message, from);
    if (message.length === 0) return encodeError(null, invalidRequest);
    return this.#answerBatch(message, from);
  }

  #parse(frame: Buffer): unknown {
    checkFrame(frame, this.#limits);
    if (!isUtf8(frame)) throw new MaildError('frame.invalid', 'not UTF-8');
    try {
      return JSON.parse(frame.toString('utf8'));
    } catch (cause) {
      // The engine's text quotes the frame, which may hold a password.
      throw new MaildError('frame.invalid', 'not JSON', { cause });
    }
  }

  async #answerBatch(batch: readonly unknown[], from: CallParams): Promise<string | null> {
    const answers: string[] = [];
    let length = 0;
    for (const message of batch) {
      const answer =
        length > this.#limits.unreadBytes
          ? encodeError(requestId(message), answerTooLarge)
          : await this.#answerOne(message, from);
      if (answer === null) continue;
      answers.push(answer);
      length += answer.length;
    }
    return encodeBatch(answers);
  }

  async #answerOne(message: unknown, from: CallParams): Promise<string | null> {
    if (!isRequest(message)) return encodeError(requestId(message), invalidRequest);
    if (!this.#server.hasMethod(message.method)) return unknownMethod(message);
    // A copy without whatever else the client put beside, which the library would look at.
    const { jsonrpc, method, params, id } = message;
    const response = await this.#server.receive(
      { jsonrpc, method, params, ...(id !== undefined && { id }) },
      from,
    );
    if (!response) return null;
    try {
      return encodeAnswer(response.id, response);
    } catch (error) {
      this.#callLog.unworded(method, error);
      return encodeError(response.id, errorForClient(error));
    }
  }

  async #call(name: MethodName, rawParams: unknown, { caller, afterAnswer }: CallParams): Promise<unknown> {
    const definition: Method = methods[name];
    const params = checkParams(definition, rawParams);
    if (caller.client === null && name !== 'service.hello') throw new HelloMissingError();
    const hello = name === 'service.hello' ? (params as CheckedParams<'service.hello'>) : null;
    const client = hello?.client ?? caller.client ?? '';
    const call = { method: name, access: definition.access, client, params };
    const ended = this.#auditOf(call, caller);
    this.#callLog.begun(call);
    try {
      const result = await this.#run(name, params, caller, client, afterAnswer);
      if (hello !== null) {
        caller.client = hello.client;
        caller.user = hello.user ?? null;
      }
      ended('done');
      return result;
    } catch (error) {
      this.#callLog.failed(call, error);
      ended(error instanceof MaildError ? error.code : 'internal');
      throw error;
    }
  }

  /** To be called with the outcome. Calls that only read are not kept. */
  #auditOf(call: Call, { user }: Caller): (outcome: string) => void {
    if (call.access === 'read') return () => {};
    const at = this.#clock.now();
    const began = this.#clock.monotonic();
    const { method, client } = call;
    // Before the handler has them: what it makes of them is no matter here.
    const params = brief(call.params);
    return (outcome) => {
      const durationMs = Math.round(this.#clock.monotonic() - began);
      this.#audit({ at, method, client, user, params, outcome, durationMs });
    };
  }

  /** Runs the handler until it is done, its time is over or the client is gone. */
  async #run(
    name: MethodName,
    params: unknown,
    caller: Caller,
    client: string,
    afterAnswer: (() => void)[],
  ): Promise<unknown> {
    const abort = new AbortController();
    const { signal } = abort;
    caller.calls.add(abort);
    const timer = this.#clock.after(this.#limits.callMs, () => abort.abort(new CallTimeoutError(name)));
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    // Handlers are typed by their method; their common type would take only parameters that fit all of them.
    const handler = this.#handlers[name] as AnyHandler;
    const context: SubscriberContext = {
      client,
      signal,
      outlet: caller.outlet,
      afterAnswer: (callback) => afterAnswer.push(callback),
    };
    try {
      return await Promise.race([handler(params, context), aborted]);
    } finally {
      timer.cancel();
      caller.calls.delete(abort);
    }
  }
}

class CallTimeoutError extends MaildError {
  constructor(method: MethodName) {
    super('timeout', `${method} took too long and was given up`, { temporary: true });
  }
}

class HelloMissingError extends MaildError {
  constructor() {
    super(
      'protocol.incompatible',
      `The first call must be service.hello: this is maild ${version} with protocol ${protocolVersion}, and the client named none`,
      { details: { version, protocol: protocolVersion } },
    );
  }
}

const invalidRequest = rpcError('request.invalid', 'not a JSON-RPC 2.0 request');
const answerTooLarge = rpcError('limit.exceeded', 'the answers to this batch are too large: ask one by one');

const unknownMethod = ({ id, method }: Request): string | null =>
  id === undefined
    ? null
    : encodeError(id, rpcError('method.unknown', `no method ${method.slice(0, maxEchoLength)}`));

/** Throws `params.invalid` with the path of the first fault. */
function checkParams(definition: Method, params: unknown): unknown {
  const checked = definition.params.safeParse(params === undefined ? {} : params);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.').slice(0, maxEchoLength);
  const message = (issue?.message ?? 'invalid').slice(0, maxEchoLength);
  throw new MaildError('params.invalid', path ? `${path}: ${message}` : message, {
    details: { path, faults: checked.error.issues.length },
  });
}

/** What was not thrown for the caller to see stays in the log. */
function errorForClient(error: unknown): RpcError {
  if (!(error instanceof MaildError)) return rpcError('internal', 'Internal error; the log says more');
  return rpcError(error.code, error.message, {
    ...error.details,
    ...(error.temporary && { temporary: true }),
  });
}
