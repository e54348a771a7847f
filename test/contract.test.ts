/** Each method of the API is whole: checked, handled, documented, and used by the command line. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type MethodName, methods } from '../shared/api/index.ts';
import type { Method } from '../shared/api/method.ts';

const root = join(import.meta.dirname, '..');
const names = Object.keys(methods) as MethodName[];

/** Text of all sources below a folder. */
function sources(folder: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .join('\n');
}

const handlers = sources('daemon/control/handlers');
const commandLine = sources('cli');
const manPage = join(root, 'man/maild-api.7');
const manual = existsSync(manPage) ? readFileSync(manPage, 'utf8') : '';

describe.each(names)('%s', (name) => {
  const definition: Method = methods[name];

  it('has a handler', () => expect(handlers.includes(`'${name}'`)).toBe(true));

  it('takes one object and refuses what it does not know', () => {
    expect(definition.params.safeParse({ noSuchParameter: 1 }).error?.issues).toContainEqual(
      expect.objectContaining({ code: 'unrecognized_keys', keys: ['noSuchParameter'] }),
    );
    expect(definition.params.safeParse([]).success).toBe(false);
  });

  it('can be described', () => {
    expect(z.toJSONSchema(definition.params, { io: 'input' })).toHaveProperty('type', 'object');
    expect(z.toJSONSchema(definition.result)).toHaveProperty('type', 'object');
    expect(definition.summary).toMatch(/^[A-Z].*\.$/);
  });

  it('is named noun.verb', () => expect(name).toMatch(/^[a-z]+\.[a-z][A-Za-z]*$/));

  it('stands in maild-api(7)', () => {
    const word = new RegExp(`(^|[\\s"])${name.replace('.', '\\.')}($|[\\s",;:.)])`, 'm');
    expect(word.test(manual)).toBe(true);
  });

  it('is called by the command line', () => expect(commandLine.includes(`'${name}'`)).toBe(true));
});
