import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InstanceLock } from '../../../daemon/lifecycle/instance-lock.ts';
import { prepareStateDirectory } from '../../../daemon/lifecycle/state-directory.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maild-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('the lock of a state directory', () => {
  it('is had by one, and by the next when it was released', async () => {
    const first = await InstanceLock.take(dir);
    await expect(InstanceLock.take(dir)).rejects.toMatchObject({
      code: 'service.already_running',
      message: `another maild (process ${process.pid}) uses the state directory ${dir}`,
    });
    await first.release();
    expect(existsSync(join(dir, 'maild.pid'))).toBe(false);
    await (await InstanceLock.take(dir)).release();
  });

  it('says what is wrong with a directory that cannot be locked', async () => {
    await expect(InstanceLock.take(join(dir, 'absent'))).rejects.toMatchObject({
      code: 'state_dir.unusable',
    });
    writeFileSync(join(dir, 'lock'), 'this is no database, and long enough to be taken for one'.repeat(20));
    await expect(InstanceLock.take(dir)).rejects.toMatchObject({ code: 'state_dir.unusable' });
  });
});

describe('the state directory', () => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  it('is made with all that is above it, for nobody else to look into', () => {
    const path = join(dir, 'a', 'b');
    expect(prepareStateDirectory(path)).toBeNull();
    expect(mode(path)).toBe('700');
  });

  it('that others can look into is closed to them, and that is said', () => {
    chmodSync(dir, 0o755);
    expect(prepareStateDirectory(dir)).toBe('state directory had mode 755, now 700');
    expect(mode(dir)).toBe('700');
    expect(prepareStateDirectory(dir)).toBeNull();
  });

  it('cannot be a file', () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    expect(() => prepareStateDirectory(file)).toThrow(/state directory .*file: /);
  });
});
