/**
 * The client of SpamAssassin's spamd: SPAMC protocol 1.5, `SYMBOLS` for a verdict with the names of the rules, `PING` for
 * its state (spamd/PROTOCOL in the SpamAssassin sources).
 */
import type { ScannerAddress } from '../config/config.ts';
import { contentChunks } from './content-chunks.ts';
import {
  type ScanContent,
  type Scanner,
  ScannerError,
  type ScannerVersion,
  type Verdict,
} from './scanner.ts';
import { exchange } from './scanner-exchange.ts';

/** A few headers and the names of all rules that matched. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_TESTS = 100;
const headEnd = '\r\n\r\n';

export class Spamd implements Scanner {
  readonly name = 'spamd';
  readonly looksFor = 'spam';
  readonly #address: ScannerAddress;

  constructor(address: ScannerAddress) {
    this.#address = address;
  }

  async scan(content: ScanContent, _facts: unknown, signal: AbortSignal): Promise<Verdict> {
    const { bytes, complete } = await this.#ask(request('SYMBOLS', content), signal);
    const verdict = spamdVerdict(bytes);
    if (!complete) throw new ScannerError('it answered before it had the whole message');
    return verdict;
  }

  async probe(signal: AbortSignal): Promise<ScannerVersion> {
    const { bytes } = await this.#ask(request('PING', null), signal);
    const text = bytes.toString('latin1');
    const protocol = /^SPAMD\/(\d+\.\d+) 0 PONG\r\n/.exec(text)?.[1];
    if (protocol === undefined) throw new ScannerError(`it answered: ${firstLine(text)}`);
    // It tells the version of its protocol only.
    return { version: `SPAMD/${protocol}`, signaturesAt: null };
  }

  #ask(asked: AsyncIterable<Buffer>, signal: AbortSignal) {
    return exchange(this.#address, asked, { signal, maxAnswerBytes: MAX_ANSWER_BYTES, halfClose: true });
  }
}

async function* request(verb: 'SYMBOLS' | 'PING', content: ScanContent | null): AsyncGenerator<Buffer> {
  const length = content === null ? '' : `Content-length: ${content.sizeBytes}\r\n`;
  yield Buffer.from(`${verb} SPAMC/1.5\r\n${length}\r\n`, 'latin1');
  if (content !== null) yield* contentChunks(content);
}

/** Throws {@link ScannerError} for what is no verdict. */
export function spamdVerdict(answer: Buffer): Verdict {
  const text = answer.toString('latin1');
  const end = text.indexOf(headEnd);
  if (text === '') throw new ScannerError('it gave no answer');
  if (!/^SPAMD\/\d+\.\d+ 0 EX_OK\r\n/.test(text)) throw new ScannerError(`it answered: ${firstLine(text)}`);
  if (end === -1) throw new ScannerError('its answer was cut off');
  const head = text.slice(0, end + 2);
  const body = text.slice(end + headEnd.length);
  const length = /^content-length:[ \t]*(\d{1,9})\r$/im.exec(head)?.[1];
  // Its symbols end in a line end that it does not always count.
  if (length !== undefined && body.length < Number(length)) throw new ScannerError('its answer was cut off');
  const spam =
    /^spam:[ \t]*(true|false|yes|no)[ \t]*;[ \t]*(-?\d+(?:\.\d+)?)[ \t]*\/[ \t]*(-?\d+(?:\.\d+)?)[ \t]*\r$/im;
  const [, flag, score, required] = spam.exec(head) ?? [];
  if (flag === undefined) throw new ScannerError('its answer has no verdict');
  return {
    kind: /^(true|yes)$/i.test(flag) ? 'spam' : 'ham',
    score: Number(score),
    required: Number(required),
    tests: body
      .split(/[\s,]+/)
      .filter((name) => /^\w{1,100}$/.test(name))
      .slice(0, MAX_TESTS),
  };
}

const firstLine = (text: string): string => (text === '' ? 'nothing' : (text.split(/\r?\n/, 1)[0] ?? ''));
