import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { apiMethodsMdoc } from './helpers/api-methods-mdoc.ts';

const page = new URL('../man/maild-api.7', import.meta.url);
const begin =
  '.\\" Methods: made from shared/api/; UPDATE_MAN=1 npx vitest run test/man-api-methods.test.ts\n';
const end = '.\\" End of methods\n';

it('maild-api(7) lists every method as the definitions have it', () => {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  expect(text).toContain(begin);
  expect(to).toBeGreaterThanOrEqual(from);
  const expected = apiMethodsMdoc();
  if (process.env.UPDATE_MAN) writeFileSync(page, text.slice(0, from) + expected + text.slice(to));
  else expect(text.slice(from, to)).toBe(expected);
});
