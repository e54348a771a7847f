/**
 * The client of rspamd: `POST /checkv2` of its normal worker, over TCP or a Unix socket; `GET /ping` for its state.
 *
 * By node:http, because fetch knows no Unix sockets.
 */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { ScannerAddress } from '../config/config.ts';
import { contentChunks } from './content-chunks.ts';
import {
  type ScanContent,
  type ScanFacts,
  type Scanner,
  ScannerError,
  type ScannerVersion,
  scannerError,
  UnscannableError,
  type Verdict,
} from './scanner.ts';

/** A verdict names some hundred symbols at most, with their options. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_TESTS = 100;
/** More would make the head of the request longer than rspamd takes; it only judges by them, it does not deliver. */
const MAX_RECIPIENTS = 100;

interface HttpAnswer {
  readonly status: number;
  readonly server: string | null;
  readonly body: string;
  readonly complete: boolean;
}

export class Rspamd implements Scanner {
  readonly name = 'rspamd';
  readonly looksFor = 'spam';
  readonly #address: ScannerAddress;

  constructor(address: ScannerAddress) {
    this.#address = address;
  }

  async scan(content: ScanContent, facts: ScanFacts, signal: AbortSignal): Promise<Verdict> {
    const { status, body, complete } = await this.#ask('/checkv2', signal, { content, facts });
    if (status !== 200) throw new ScannerError(`it answered with status ${status}`);
    const verdict = rspamdVerdict(body);
    if (!complete) throw new ScannerError('it answered before it had the whole message');
    return verdict;
  }

  async probe(signal: AbortSignal): Promise<ScannerVersion> {
    const { status, body, server } = await this.#ask('/ping', signal, null);
    if (status !== 200 || body.trim() !== 'pong') throw new ScannerError(`it answered with status ${status}`);
    return { version: server, signaturesAt: null };
  }

  async #ask(
    path: string,
    signal: AbortSignal,
    message: { readonly content: ScanContent; readonly facts: ScanFacts } | null,
  ): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const place = 'path' in this.#address ? { socketPath: this.#address.path } : this.#address;
    const headers = message === null ? [] : requestHeaders(message.content, message.facts);
    const sent = request({
      ...place,
      path,
      method: message === null ? 'GET' : 'POST',
      headers: ['Host', 'localhost', 'Connection', 'close', ...headers],
      signal,
      agent: false,
    });
    const asked = { done: false };
    try {
      const answered = new Promise<{ response: IncomingMessage; complete: boolean }>((resolve, reject) => {
        sent.once('response', (response) => resolve({ response, complete: asked.done }));
        sent.on('error', reject);
      });
      // It may fail before anybody waits for it.
      answered.catch(() => undefined);
      await send(sent, message === null ? null : contentChunks(message.content), asked);
      const { response, complete } = await answered;
      const body = await readBody(response);
      const server = response.headers.server?.toString() ?? null;
      return { status: response.statusCode ?? 0, server, body, complete };
    } catch (error) {
      signal.throwIfAborted();
      throw scannerError(error);
    } finally {
      sent.destroy();
    }
  }
}

/** Ends early, without an error, when the other side has stopped listening: its answer, or the lack of one, tells why. */
async function send(
  request: ClientRequest,
  body: AsyncIterable<Buffer> | null,
  asked: { done: boolean },
): Promise<void> {
  // The last piece goes out together with the end: rspamd counts the bytes, answers and closes, and would not take more.
  let last: Buffer | undefined;
  for await (const chunk of body ?? []) {
    if (last !== undefined && !request.write(last)) await drained(request);
    if (request.destroyed) return;
    last = chunk;
  }
  asked.done = true;
  request.end(last);
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done);
      request.off('close', done);
      resolve();
    };
    request.once('drain', done);
    request.once('close', done);
  });
}

function requestHeaders(content: ScanContent, facts: ScanFacts): string[] {
  const pairs: [string, string | null][] = [
    ['Content-Length', String(content.sizeBytes)],
    ['Queue-Id', String(facts.queueId)],
    ['From', facts.from],
    ['IP', facts.remoteAddress],
    ['Helo', facts.helo],
    ['User', facts.user],
    ...facts.recipients.slice(0, MAX_RECIPIENTS).map((rcpt): [string, string] => ['Rcpt', rcpt]),
  ];
  // HTTP headers hold ASCII; what cannot be said in it is left unsaid.
  return pairs.flatMap(([name, value]) =>
    value !== null && /^[\x20-\x7e]+$/.test(value) ? [name, value] : [],
  );
}

async function readBody(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MAX_ANSWER_BYTES)
      throw new ScannerError(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    pieces.push(piece);
  }
  if (!response.complete) throw new ScannerError('its answer was cut off');
  return Buffer.concat(pieces, length).toString('utf8');
}

/** What rspamd would do with spam; greylisting and `soft reject` are no word on the content. */
const spamActions: ReadonlySet<unknown> = new Set([
  'reject',
  'add header',
  'rewrite subject',
  'quarantine',
  'discard',
]);
const hamActions: ReadonlySet<unknown> = new Set(['no action', 'greylist', 'soft reject']);

/** Throws {@link ScannerError} for what is no verdict. */
export function rspamdVerdict(body: string): Verdict {
  const answer = parseObject(body);
  const { action, score, required_score: required, symbols, is_skipped: skipped } = answer;
  // It skips the rest of its rules once one has decided, too; only without a decision it has not looked.
  if (skipped === true && !spamActions.has(action)) {
    throw new UnscannableError('its settings make it skip this message');
  }
  const known = spamActions.has(action) || hamActions.has(action);
  if (!known || typeof score !== 'number' || typeof required !== 'number') {
    throw new ScannerError('its answer has no verdict');
  }
  const names = typeof symbols === 'object' && symbols !== null ? Object.keys(symbols) : [];
  return {
    kind: spamActions.has(action) ? 'spam' : 'ham',
    score,
    required,
    tests: names.filter((name) => /^\w{1,100}$/.test(name)).slice(0, MAX_TESTS),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ScannerError('its answer is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw new ScannerError('its answer is not an object');
  return value as Readonly<Record<string, unknown>>;
}
