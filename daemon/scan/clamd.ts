/**
 * The client of ClamAV's clamd: `zINSTREAM` with the message in chunks, `zVERSION` for its state (clamd(8)).
 *
 * Only "stream: OK" after the whole message is a good verdict. A message longer than its StreamMaxLength is answered with
 * an error, which is none; contents that go beyond its other limits are reported as a virus when AlertExceedsMax is set.
 */
import type { ScannerAddress } from '../config/config.ts';
import { contentChunks } from './content-chunks.ts';
import {
  type ScanContent,
  type Scanner,
  ScannerError,
  type ScannerVersion,
  UnscannableError,
  type Verdict,
} from './scanner.ts';
import { exchange } from './scanner-exchange.ts';

/** An answer is one short line; names of signatures have less than 200 characters. */
const MAX_ANSWER_BYTES = 4_096;
const END_OF_STREAM = Buffer.alloc(4);

export class Clamd implements Scanner {
  readonly name = 'clamd';
  readonly looksFor = 'viruses';
  readonly #address: ScannerAddress;

  constructor(address: ScannerAddress) {
    this.#address = address;
  }

  async scan(content: ScanContent, _facts: unknown, signal: AbortSignal): Promise<Verdict> {
    const { bytes, complete } = await exchange(this.#address, inStream(content), {
      signal,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
    return clamdVerdict(bytes, complete);
  }

  async probe(signal: AbortSignal): Promise<ScannerVersion> {
    const { bytes } = await exchange(this.#address, command('zVERSION\0'), {
      signal,
      maxAnswerBytes: MAX_ANSWER_BYTES,
    });
    return clamdVersion(bytes);
  }
}

async function* command(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text, 'latin1');
}

async function* inStream(content: ScanContent): AsyncGenerator<Buffer> {
  yield Buffer.from('zINSTREAM\0', 'latin1');
  for await (const chunk of contentChunks(content)) {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(chunk.length);
    yield Buffer.concat([length, chunk]);
  }
  yield END_OF_STREAM;
}

/** Throws {@link ScannerError} for what is no verdict on the whole message. */
export function clamdVerdict(answer: Buffer, complete: boolean): Verdict {
  const text = line(answer);
  const found = /^stream: (\S[^\0\r\n]*) FOUND$/.exec(text)?.[1];
  if (found !== undefined) return { kind: 'virus', name: found };
  // "INSTREAM size limit exceeded. ERROR" and the like: of this message, not of clamd.
  if (/^[\x20-\x7e]+ ERROR$/.test(text)) throw new UnscannableError(`it answered: ${text}`);
  if (text !== 'stream: OK')
    throw new ScannerError(text === '' ? 'it gave no answer' : `it answered: ${text}`);
  if (!complete) throw new ScannerError('it answered before it had the whole message');
  return { kind: 'clean' };
}

/** `ClamAV 1.4.6/27400/Fri Nov 20 09:24:26 2026`; without a database of ClamAV's own only the first part. */
export function clamdVersion(answer: Buffer): ScannerVersion {
  const [program = '', , made] = line(answer).split('/');
  if (!/^ClamAV \S/.test(program)) throw new ScannerError(`it answered: ${line(answer)}`);
  const signaturesAt = made === undefined ? Number.NaN : Date.parse(made);
  return { version: program, signaturesAt: Number.isNaN(signaturesAt) ? null : signaturesAt };
}

/** An answer ends in NUL; one that does not was cut off. */
function line(answer: Buffer): string {
  if (answer.length > 0 && answer.at(-1) !== 0) throw new ScannerError('its answer was cut off');
  return answer.toString('latin1').replace(/\0$/, '');
}
