import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SecretBox } from '../../../daemon/connections/secret-box.ts';
import { testFolder } from '../../helpers/test-store.ts';

const file = async (): Promise<string> => join(await testFolder(), 'secrets.key');
const unusable = expect.objectContaining({ code: 'secret.unusable' });

it('opens what it sealed, also after a restart, and seals nothing twice alike', async () => {
  const path = await file();
  const box = new SecretBox(path);
  const [one, two] = [box.seal('s3cret', 'sender'), box.seal('s3cret', 'sender')];
  expect(one).not.toBe(two);
  expect(one + readFileSync(path, 'utf8')).not.toContain('s3cret');
  expect(new SecretBox(path).open(one, 'sender')).toBe('s3cret');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('opens nothing for another owner, with another key, or that was changed', async () => {
  const path = await file();
  const box = new SecretBox(path);
  const sealed = box.seal('s3cret', 'sender');
  expect(() => box.open(sealed, 'collector')).toThrow(unusable);
  expect(() => box.open(`${sealed.slice(0, -8)}AAAAAAA=`, 'sender')).toThrow(unusable);
  expect(() => box.open('v1:', 'sender')).toThrow(unusable);
  expect(() => box.open('s3cret', 'sender')).toThrow(unusable);
  rmSync(path);
  expect(() => new SecretBox(path).open(sealed, 'sender')).toThrow(/is missing; set it again/);
  writeFileSync(path, 'nonsense');
  expect(() => new SecretBox(path).seal('x', 'sender')).toThrow(unusable);
});

it('takes away what others may do with its key', async () => {
  const path = await file();
  new SecretBox(path).seal('x', 'sender');
  chmodSync(path, 0o644);
  new SecretBox(path).seal('x', 'sender');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
