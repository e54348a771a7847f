/**
 * System calls of a running process that fail, or kill it, at will: strace's `-e inject`. It counts calls per thread;
 * with UV_THREADPOOL_SIZE=1 all of Node's files are written by one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { program } from './tools.ts';
import { until } from './until.ts';

/** What happens to a call: an error of the system, or SIGKILL as it is entered. */
export type Fault = 'EIO' | 'ENOSPC' | 'SIGKILL';

export const strace = program('strace');

/** From now on the `nth` of these calls in any thread (counting from 1) comes to `fault`. */
export async function injectFault(pid: number, call: string, fault: Fault, nth: number): Promise<Injection> {
  const injection = new Injection(pid, call, fault, nth);
  await injection.attached();
  return injection;
}

export class Injection {
  readonly #folder = mkdtempSync(join(tmpdir(), 'maild-strace-'));
  readonly #child: ChildProcess;
  readonly #pid: number;
  #talk = '';

  constructor(pid: number, call: string, fault: Fault, nth: number) {
    this.#pid = pid;
    const what = fault === 'SIGKILL' ? 'signal=SIGKILL' : `error=${fault}`;
    const inject = `inject=${call}:${what}:when=${nth}`;
    const args = ['-f', '-p', String(pid), '-o', this.#file, '-e', `trace=${call}`, '-e', inject];
    this.#child = spawn(strace ?? 'strace', args);
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#talk += text;
    });
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  get #file(): string {
    return join(this.#folder, 'calls');
  }

  async attached(): Promise<void> {
    await until(() => /attached/.test(this.#talk), 'strace attached').catch(() => {
      throw new Error(`strace cannot attach: ${this.#talk}`);
    });
  }

  /** Leaves the process alone again. Answers whether the fault came about. */
  async detach(): Promise<boolean> {
    this.#child.kill('SIGINT');
    const over = async (): Promise<boolean> => {
      // strace now and then waits for ever for a process that it has killed, which cannot go before it.
      if (isDead(this.#pid)) this.#child.kill('SIGKILL');
      return this.#child.exitCode !== null || this.#child.signalCode !== null;
    };
    await until(over, 'the end of strace');
    return isDead(this.#pid) || readFileSync(this.#file, 'utf8').includes('(INJECTED)');
  }
}

/** Gone, or a zombie that waits to be fetched. */
function isDead(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
