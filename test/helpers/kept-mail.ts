/** Mail as programs keep it on disk, read back and compared with what they were to fetch. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { corpusNumber } from './mail-corpus.ts';

/** Files of a folder, a character a byte; those of a Maildir are in `cur` and `new`. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));

export const inMaildir = (folder: string): string[] =>
  ['cur', 'new'].flatMap((name) => filesIn(join(folder, name)));

/** An mbox as `From_` lines with a date and the empty lines before them separate it. */
export const inMbox = (file: string): string[] =>
  readFileSync(file, 'latin1')
    .split(/^From \S+ +\w{3} \w{3} .*\n/m)
    .slice(1);

/** In an mbox nobody knows how many of the empty lines at the end are of the message. */
export const endsOnce = (text: string): string => text.replace(/\n+$/, '\n');

/** Headers for its own use that a mail program puts into what it keeps. */
export const withoutStatus = (text: string): string =>
  endsOnce(text).replace(/^(?:Status|X-Status|Content-Length|Lines): .*\n/gm, '');

/** Python's email package writes a header without a value so. */
export const asPython = (text: string): string => text.replace(/^X-Empty: $/m, 'X-Empty:');

/** What getmail does to a message that it hands on. */
export const throughGetmail = (text: string): string =>
  asPython(endsOnce(text))
    .replace(/^X-getmail-retrieved-from-mailbox: .*\n/m, '')
    .replace(/^>(>*From )/gm, '$1');

/**
 * Every message of the corpus came once and byte by byte, up to the ends of lines, which on this disk are LF, and to what
 * `normal` forgives on both sides. Headers that were put before the message on its way are not looked at.
 */
export function expectCorpus(
  kept: readonly string[],
  corpus: readonly string[],
  normal: (text: string) => string = (text) => text,
): void {
  const same = (text: string) => normal(text.replace(/\r\n/g, '\n'));
  const byNumber = new Map(kept.map((text) => [corpusNumber(text), text]));
  expect(kept.length).toBe(corpus.length);
  expect(byNumber.size).toBe(corpus.length);
  for (const message of corpus) {
    const wanted = same(message);
    const got = same(byNumber.get(corpusNumber(message)) ?? '');
    // Not `toBe` at once: it would take seconds to say what is different in a large one.
    if (!got.endsWith(wanted)) expect(got).toBe(wanted);
    expect(got.slice(0, got.length - wanted.length)).toMatch(trace);
  }
}

/** Return-Path, Delivered-To, Received and the like. */
const trace =
  /^(?:(?:Return-Path|Delivered-To|Received|X-[\w-]+|Authentication-Results): .*\n(?:[ \t].*\n)*)*$/;
