/** Where a mail program of somebody else lives during a test, and how a test is named by it or skipped without it. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { program } from './tools.ts';

export const missing = (name: string): boolean => program(name) === null;
export const named = (name: string): string => program(name) ?? `${name} (not installed)`;

/** In memory where there is such a place: how long the programs take to sync what they fetched is not what is tested. */
const homes = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A home directory that goes with the test. */
export function home(): string {
  const folder = mkdtempSync(join(homes, 'mail-program-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Programs refuse files with passwords that others can read. */
export function configured(file: string, text: string): string {
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

export function maildir(folder: string): string {
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  return folder;
}
