/**
 * A client's bytes to commands: lines and literals put together (RFC 3501 2.2.1, 4.3; 7888 LITERAL+), within limits, and
 * the messages of APPEND passed on as they come. After whatever a client sends that is wrong the next command is found
 * again where that is possible: behind the line, and behind its non-synchronising literals.
 *
 * What is in a command is `command-parser.ts`; when bytes are read, and what is answered, is the caller's.
 */
import { ByteBuffer } from './byte-buffer.ts';
import { faultOf, isCommandName, parseAppendUpToMessage, parseCommand } from './command-parser.ts';
import { commandText, faultyCommandText } from './command-text.ts';
import { type CommandReaderPort, limitsBeforeLogin, type ReaderEvent } from './reader-event.ts';
import { LITERAL_MARK, Tokens } from './tokens.ts';

/** Longer ones cannot be repeated in every answer. */
const MAX_TAG = 200;
/** The end of a line that may announce a literal: `~{4294967295+}` and its line end. */
const TAIL_BYTES = 32;
/** What a literal costs besides its bytes: a thousand empty ones are not free. */
const LITERAL_COST_BYTES = 64;
const LF = 0x0a;
const CR = 0x0d;
const NOTHING: Buffer = Buffer.alloc(0);
const literalAtEnd = /\{(\d{1,20})(\+?)\}$/;

type Rejection = Extract<ReaderEvent, { readonly kind: 'rejected' }>;

/** What the bytes that come next are. */
type Expecting =
  | { readonly kind: 'line' }
  | { readonly kind: 'literal'; left: number }
  /** The message of APPEND, or what of it nobody wants. */
  | { readonly kind: 'message' | 'refused'; left: number }
  /** Nothing before the caller has decided about a message. */
  | { readonly kind: 'decision'; readonly sizeBytes: number; readonly synchronising: boolean }
  | { readonly kind: 'nothing' };

const line: Expecting = { kind: 'line' };

export class CommandReader implements CommandReaderPort {
  limits = limitsBeforeLogin;
  utf8 = false;
  #chunk = NOTHING;
  #at = 0;
  #expecting: Expecting = line;
  /** Of the line or literal that has not come to its end. */
  readonly #partial = new ByteBuffer();
  /** Bytes of a line that is too long, beyond the limit; its end is in `#partial`. */
  #overlong = 0;
  /** The command so far: its lines, with a mark for each literal. */
  #text = '';
  #literals: (Buffer | null)[] = [];
  #literalBytes = 0;
  #messageBytes = 0;
  /** The command is not obeyed: what is left of it is read over. `silent`: its answer has been given. */
  #rejection: Rejection | 'silent' | null = null;
  /** What has been read over of it. */
  #discarded = 0;
  #lineLimit: number | null = null;

  push(chunk: Buffer): void {
    this.#chunk = this.buffered === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  get buffered(): number {
    return this.#chunk.length - this.#at;
  }

  get midCommand(): boolean {
    return (
      this.buffered + this.#partial.length + this.#overlong > 0 ||
      this.#text !== '' ||
      this.#rejection !== null ||
      this.#expecting.kind !== 'line'
    );
  }

  discard(): void {
    this.#chunk = NOTHING;
    this.#at = 0;
  }

  expectLine(maxBytes: number): void {
    this.#lineLimit = maxBytes;
  }

  acceptMessage(): void {
    const { kind } = this.#expecting;
    if (this.#expecting.kind !== 'decision') throw new Error(`no message to accept, but ${kind}`);
    this.#expecting = { kind: 'message', left: this.#expecting.sizeBytes };
  }

  refuseMessage(): void {
    const { kind } = this.#expecting;
    if (this.#expecting.kind !== 'decision') throw new Error(`no message to refuse, but ${kind}`);
    const { synchronising, sizeBytes } = this.#expecting;
    if (synchronising) this.#nextCommand();
    else {
      this.#rejection = 'silent';
      this.#expecting = { kind: 'refused', left: sizeBytes };
    }
  }

  next(): ReaderEvent | null {
    for (;;) {
      const event = this.#step();
      if (event === undefined) continue;
      // A session that waits does not keep what has been used up.
      if (this.buffered === 0) this.discard();
      return event;
    }
  }

  /** Undefined: go on. */
  #step(): ReaderEvent | null | undefined {
    const expecting = this.#expecting;
    switch (expecting.kind) {
      case 'line':
        return this.#takeLine();
      case 'literal':
        return this.#takeLiteral(expecting);
      case 'message': {
        if (expecting.left === 0) {
          this.#expecting = line;
          return undefined;
        }
        const bytes = this.#take(expecting.left);
        if (bytes === null) return null;
        expecting.left -= bytes.length;
        return { kind: 'data', bytes };
      }
      case 'refused':
        return this.#passOver(expecting);
      default:
        return null;
    }
  }

  // Lines

  #takeLine(): ReaderEvent | null | undefined {
    if (this.buffered === 0) return null;
    const end = this.#chunk.indexOf(LF, this.#at);
    const most = this.#lineLimit ?? this.limits.commandBytes - this.#text.length - this.#literalBytes;
    const piece = this.#chunk.subarray(this.#at, end === -1 ? this.#chunk.length : end);
    this.#at += piece.length + (end === -1 ? 0 : 1);
    if (this.#overlong > 0 || this.#partial.length + piece.length > most)
      return this.#passOverLine(piece, end !== -1);
    if (end === -1) {
      this.#partial.append(piece);
      return null;
    }
    const whole = this.#partial.takeWith(piece);
    const text = whole.toString('latin1', 0, whole.at(-1) === CR ? whole.length - 1 : whole.length);
    return this.#lineLimit === null ? this.#lineOfCommand(text) : this.#expectedLine(text);
  }

  #expectedLine(text: string): ReaderEvent {
    this.#lineLimit = null;
    return { kind: 'line', line: text };
  }

  /** A line that is too long: nothing of it is kept but its end, which may announce a literal. */
  #passOverLine(piece: Buffer, ended: boolean): ReaderEvent | null | undefined {
    if (this.#overlong === 0) {
      if (this.#lineLimit !== null) return this.#fatal('The line is too long');
      // Its beginning names the command.
      this.#text += this.#partial.takeWith(piece.subarray(0, MAX_TAG + 1)).toString('latin1', 0, MAX_TAG + 1);
      this.#reject({ status: 'BAD', code: 'LIMIT', reason: 'The command is too long' });
    }
    this.#overlong += piece.length;
    this.#partial.keepEnd(piece, TAIL_BYTES);
    if (this.#overlong > this.limits.discardBytes) return this.#fatal('The command is too long');
    if (!ended) return null;
    this.#overlong = 0;
    return this.#endOfRejectedLine(this.#partial.takeWith(NOTHING).toString('latin1').replace(/\r$/, ''));
  }

  #lineOfCommand(text: string): ReaderEvent | undefined {
    if (this.#rejection !== null) return this.#endOfRejectedLine(text);
    const [announced, digits = '', plus] = literalAtEnd.exec(text.slice(-TAIL_BYTES)) ?? [];
    if (announced === undefined) {
      this.#text += text;
      // An empty line between commands is no command.
      return this.#text === '' ? undefined : this.#endOfCommand();
    }
    this.#text += text.slice(0, -announced.length);
    return this.#literalAnnounced(Number(digits), plus === '');
  }

  // Literals

  #literalAnnounced(sizeBytes: number, synchronising: boolean): ReaderEvent | undefined {
    try {
      const message = this.#messageAnnounced(sizeBytes, synchronising);
      if (message !== null) return message;
    } catch (error) {
      return this.#rejectAtLiteral(faultOf(error), sizeBytes, synchronising);
    }
    const room = this.limits.commandBytes - this.#text.length - this.#literalBytes;
    if (sizeBytes > Math.min(this.limits.literalBytes, room)) {
      const tooBig = { status: 'BAD', code: 'TOOBIG', message: 'The literal is too long' } as const;
      return this.#rejectAtLiteral(tooBig, sizeBytes, synchronising);
    }
    this.#expecting = { kind: 'literal', left: sizeBytes };
    return synchronising ? { kind: 'continue' } : undefined;
  }

  /** Null: it is any other literal. */
  #messageAnnounced(sizeBytes: number, synchronising: boolean): ReaderEvent | null {
    const tokens = new Tokens(this.#text + LITERAL_MARK, [...this.#literals, null]);
    const tag = this.#tagOf(tokens);
    const command = this.#literals.includes(null)
      ? tokens.fail('One message at a time')
      : parseAppendUpToMessage(tokens, { utf8: this.utf8, messageBytes: sizeBytes });
    if (command === null) {
      this.#checkName();
      return null;
    }
    this.#text += LITERAL_MARK;
    this.#literals.push(null);
    this.#messageBytes = sizeBytes;
    this.#expecting = { kind: 'decision', sizeBytes, synchronising };
    const text = `${faultyCommandText(this.#text.slice(0, -1), this.#literals)}{${sizeBytes}}`;
    return { kind: 'message', tag, command, synchronising, text };
  }

  /** Nobody is asked for the rest of a command that does not exist. */
  #checkName(): void {
    const [, name = ''] = this.#text.split(' ', 2);
    if (!isCommandName(name.toUpperCase())) new Tokens('', []).fail('Unknown command');
  }

  #takeLiteral(literal: { left: number }): ReaderEvent | null | undefined {
    if (literal.left > 0) {
      const bytes = this.#take(literal.left);
      if (bytes === null) return null;
      literal.left -= bytes.length;
      this.#partial.append(bytes);
      if (literal.left > 0) return null;
    }
    const whole = Buffer.from(this.#partial.takeWith(NOTHING));
    this.#literals.push(whole);
    this.#literalBytes += whole.length + LITERAL_COST_BYTES;
    this.#text += LITERAL_MARK;
    this.#expecting = line;
    return undefined;
  }

  #passOver(refused: { left: number }): ReaderEvent | null | undefined {
    if (this.#discarded + refused.left > this.limits.discardBytes)
      return this.#fatal('The literal is too long');
    if (refused.left === 0) {
      this.#expecting = line;
      return undefined;
    }
    const bytes = this.#take(refused.left);
    if (bytes === null) return null;
    refused.left -= bytes.length;
    this.#discarded += bytes.length;
    return undefined;
  }

  #take(most: number): Buffer | null {
    if (this.buffered === 0) return null;
    const bytes = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += bytes.length;
    return bytes;
  }

  // The ends of a command

  #endOfCommand(): ReaderEvent {
    const [text, literals] = [this.#text, this.#literals];
    try {
      const tokens = new Tokens(text, literals);
      const tag = this.#tagOf(tokens);
      const state = { utf8: this.utf8, messageBytes: this.#messageBytes };
      const command = parseCommand(tokens, state);
      this.#nextCommand();
      return { kind: 'command', tag, command, text: commandText(tag, command, text, literals) };
    } catch (error) {
      const { status, code, message: reason } = faultOf(error);
      this.#reject({ status, code, reason });
      return this.#endOfRejected() ?? this.#fatal(reason);
    }
  }

  #tagOf(tokens: Tokens): string {
    const tag = tokens.tag();
    return tag.length <= MAX_TAG ? tag : tokens.fail('The tag is too long', 'LIMIT');
  }

  #reject(fault: Pick<Rejection, 'status' | 'code' | 'reason'>): void {
    if (this.#rejection !== null) return;
    const [, tag = null] = /^([^\x00-\x20\x7f-\xff(){%*"\\+]{1,200})(?: |$)/.exec(this.#text) ?? [];
    const text = faultyCommandText(this.#text, this.#literals);
    this.#rejection = { kind: 'rejected', tag, ...fault, text, fatal: false };
  }

  #rejectAtLiteral(
    { status, code, message: reason }: { status: 'BAD' | 'NO'; code: string | null; message: string },
    sizeBytes: number,
    synchronising: boolean,
  ): ReaderEvent | undefined {
    this.#reject({ status, code, reason });
    if (synchronising) return this.#endOfRejected();
    this.#expecting = { kind: 'refused', left: sizeBytes };
    return undefined;
  }

  /** A non-synchronising literal at its end is part of the command; any other will not be sent (RFC 3501 7.5). */
  #endOfRejectedLine(text: string): ReaderEvent | undefined {
    this.#discarded += text.length;
    const [, digits, plus] = literalAtEnd.exec(text.slice(-TAIL_BYTES)) ?? [];
    if (digits === undefined || plus === '') return this.#endOfRejected();
    this.#expecting = { kind: 'refused', left: Number(digits) };
    return undefined;
  }

  #endOfRejected(): ReaderEvent | undefined {
    const rejection = this.#rejection;
    this.#nextCommand();
    return rejection === null || rejection === 'silent' ? undefined : rejection;
  }

  #fatal(reason: string): ReaderEvent {
    this.#reject({ status: 'BAD', code: 'LIMIT', reason });
    const rejection = this.#rejection;
    this.#nextCommand();
    this.#lineLimit = null;
    this.#expecting = { kind: 'nothing' };
    this.discard();
    const silent: Rejection = {
      kind: 'rejected',
      tag: null,
      status: 'BAD',
      code: 'LIMIT',
      reason,
      text: '***',
      fatal: true,
    };
    return rejection === null || rejection === 'silent' ? silent : { ...rejection, fatal: true };
  }

  #nextCommand(): void {
    this.#text = '';
    this.#literals = [];
    this.#literalBytes = 0;
    this.#messageBytes = 0;
    this.#rejection = null;
    this.#discarded = 0;
    this.#overlong = 0;
    this.#partial.clear();
    this.#expecting = line;
  }
}
