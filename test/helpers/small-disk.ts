/** A disk of a few megabytes, in memory, that a test can fill. Mounting it needs root. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Null when it can be mounted; otherwise why not. */
export function whyNoSmallDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting needs root on Linux';
  const folder = mkdtempSync(join(tmpdir(), 'maild-disk-'));
  try {
    mount(folder, 1);
    unmount(folder);
    return null;
  } catch {
    return 'this machine does not let us mount';
  } finally {
    rmdirSync(folder);
  }
}

export class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), 'maild-disk-'));

  /** Gone after the test. */
  constructor(megabytes: number) {
    mount(this.path, megabytes);
    onTestFinished(() => {
      unmount(this.path);
      rmdirSync(this.path);
    });
  }

  /** Takes all the space there is. */
  fill(): void {
    const file = openSync(this.#ballast, 'w');
    try {
      for (const piece of [Buffer.alloc(1_048_576), Buffer.alloc(4_096), Buffer.alloc(1)]) {
        while (written(file, piece));
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  free(): void {
    rmSync(this.#ballast);
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}

function written(file: number, piece: Buffer): boolean {
  try {
    return writeSync(file, piece) > 0;
  } catch {
    return false;
  }
}

const mount = (folder: string, megabytes: number): void =>
  void execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
    stdio: 'ignore',
  });

// Lazily: a descriptor that a dying process still has must not keep it.
const unmount = (folder: string): void => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
