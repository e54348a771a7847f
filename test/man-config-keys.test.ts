import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeKeys } from '../daemon/config/read-settings.ts';
import { configKeysMdoc } from './helpers/config-keys-mdoc.ts';

const page = new URL('../man/maild.toml.5', import.meta.url);
const begin =
  '.\\" Keys: made from daemon/config/schema.ts; UPDATE_MAN=1 npx vitest run test/man-config-keys.test.ts\n';
const end = '.\\" End of keys\n';

it('maild.toml(5) lists every key as the schema has it', () => {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  expect(text).toContain(begin);
  expect(to).toBeGreaterThanOrEqual(from);
  const expected = configKeysMdoc(describeKeys());
  if (process.env.UPDATE_MAN) writeFileSync(page, text.slice(0, from) + expected + text.slice(to));
  else expect(text.slice(from, to)).toBe(expected);
});
