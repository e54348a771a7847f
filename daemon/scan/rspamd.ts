/**
 * The client of rspamd: `POST /checkv2` of its normal worker, over TCP or a Unix socket; `GET /ping` for its state.
 *
 * By node:http, because fetch knows no Unix sockets.
 */
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
    try {
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        sent.once('response', resolve);
        sent.on('error', reject);
      });
      answered.catch(() => undefined);
      if (message === null) sent.end();
      // An answer that comes too soon is looked at all the same: it tells why the rest was not read.
      else await pipeline(Readable.from(contentChunks(message.content)), sent).catch(ownFault);
      const complete = sent.writableFinished;
      const response = await answered;
      const body = await readBody(response);
      return {
        status: response.statusCode ?? 0,
        server: response.headers.server?.toString() ?? null,
        body,
        complete,
      };
    } catch (error) {
      signal.throwIfAborted();
      throw scannerError(error);
    } finally {
      sent.destroy();
    }
  }
}

/** That the message could not be read is our fault, and no answer makes it good. */
function ownFault(error: unknown): void {
  if (error instanceof ScannerError) throw error;
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
  if (skipped === true) throw new UnscannableError('its settings make it skip this message');
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
