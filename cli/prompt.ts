/** Questions to the person at the terminal: yes or no, and passwords without echo. Questions go to standard error. */
import { exitCode } from './exit-code.ts';
import { Failure, usageFailure } from './failure.ts';
import { type InputStream, type Io, write } from './io.ts';

/** Longest line taken as a password from a pipe, in characters; the API takes 512. */
const maxPasswordLength = 512;

/** Somebody can read a question and answer it. */
export const canAsk = (io: Io): boolean => io.stdin.isTTY === true && io.stderr.isTTY === true;

/** Anything but `y` or `yes` is a no, the end of input too. */
export async function askYesNo(io: Io, question: string): Promise<boolean> {
  await write(io.stderr, `${question} [y/N] `);
  const lines = await readLines(io);
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim());
    await write(io.stderr, '\n');
    return false;
  } finally {
    lines.close();
  }
}

/** A new password, typed twice. */
export async function askNewPassword(io: Io, whose: string): Promise<string> {
  if (!canAsk(io))
    throw usageFailure(
      'a password is needed, and there is no terminal to ask for it',
      'Pipe it in with --password-stdin.',
    );
  const keyboard = new Keyboard(io);
  try {
    const password = await keyboard.askHidden(`Password for ${whose}: `);
    if (password === '') throw usageFailure('the password is empty');
    if ((await keyboard.askHidden('The same again: ')) === password) return password;
    throw new Failure('the two passwords differ: nothing was changed', exitCode.notDone);
  } finally {
    keyboard.close();
  }
}

/** A secret that exists already, typed once. */
export async function askSecret(io: Io, question: string): Promise<string> {
  if (!canAsk(io))
    throw usageFailure(
      'a secret is needed, and there is no terminal to ask for it',
      'Pipe it in with --password-stdin.',
    );
  const keyboard = new Keyboard(io);
  try {
    const secret = await keyboard.askHidden(question);
    if (secret === '') throw usageFailure('the secret is empty');
    return secret;
  } finally {
    keyboard.close();
  }
}

/** The first line of standard input, without its end. */
export async function readPassword(io: Io): Promise<string> {
  const lines = await readLines(io);
  try {
    for await (const line of lines) {
      if (line === '') break;
      if (line.length > maxPasswordLength)
        throw usageFailure(`the password is longer than ${maxPasswordLength} characters`);
      return line;
    }
  } finally {
    lines.close();
  }
  throw usageFailure('standard input holds no password');
}

async function readLines(io: Io) {
  const { createInterface } = await import('node:readline');
  return createInterface({ input: io.stdin });
}

const enter = /[\r\n]/;
const endOfInput = '\x04';
const interrupt = '\x03';
const erase = /[\x7f\b]/;
const eraseLine = '\x15';

/** Reads keys itself: a terminal that is read line by line shows what is typed. */
class Keyboard {
  readonly #io: Io;
  readonly #keys: AsyncIterator<string>;

  constructor(io: Io) {
    this.#io = io;
    io.stdin.setRawMode?.(true);
    this.#keys = keysOf(io.stdin);
  }

  async askHidden(question: string): Promise<string> {
    await write(this.#io.stderr, question);
    try {
      return await this.#line();
    } finally {
      await write(this.#io.stderr, '\n');
    }
  }

  close(): void {
    this.#io.stdin.setRawMode?.(false);
    this.#io.stdin.destroy();
  }

  async #line(): Promise<string> {
    let typed: string[] = [];
    for (;;) {
      const { value: key, done } = await this.#keys.next();
      if (done || key === interrupt) throw new Failure('interrupted', exitCode.interrupted);
      if (enter.test(key) || key === endOfInput) return typed.join('');
      if (erase.test(key)) typed.pop();
      else if (key === eraseLine) typed = [];
      else if (key >= ' ' && typed.length < maxPasswordLength) typed.push(key);
    }
  }
}

/** Key by key, also when several lines were typed ahead; a character of several bytes may come in two pieces. */
async function* keysOf(stdin: InputStream): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of stdin) yield* decoder.decode(chunk, { stream: true });
}
