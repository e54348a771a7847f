/** Questions to the person at the terminal: yes or no, and passwords without echo. Questions go to standard error. */
import { exitCode } from './exit-code.ts';
import { Failure, usageFailure } from './failure.ts';
import { type Io, write } from './io.ts';

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
  const password = await askHidden(io, `Password for ${whose}: `);
  if (password === '') throw usageFailure('the password is empty');
  if ((await askHidden(io, 'The same again: ')) !== password)
    throw new Failure('the two passwords differ: nothing was changed', exitCode.notDone);
  return password;
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
async function askHidden(io: Io, question: string): Promise<string> {
  const { stdin } = io;
  await write(io.stderr, question);
  stdin.setRawMode?.(true);
  try {
    let typed: string[] = [];
    for (;;) {
      for (const key of await nextKeys(io)) {
        if (enter.test(key) || key === endOfInput) return typed.join('');
        if (key === interrupt) throw new Failure('interrupted', exitCode.interrupted);
        if (erase.test(key)) typed.pop();
        else if (key === eraseLine) typed = [];
        else if (key >= ' ' && typed.length < maxPasswordLength) typed.push(key);
      }
    }
  } finally {
    stdin.setRawMode?.(false);
    await write(io.stderr, '\n');
  }
}

function nextKeys(io: Io): Promise<string> {
  const { stdin } = io;
  return new Promise((resolve, reject) => {
    const settle = () => {
      stdin.off('data', onData).off('end', onEnd);
      stdin.pause();
    };
    const onData = (chunk: Buffer | string) => {
      settle();
      resolve(chunk.toString());
    };
    const onEnd = () => {
      settle();
      reject(new Failure('standard input ended', exitCode.notDone));
    };
    stdin.once('data', onData).once('end', onEnd);
    stdin.resume();
  });
}
