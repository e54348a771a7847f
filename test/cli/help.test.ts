import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { Cli, fullName } from '../../cli/cli.ts';
import { examples } from '../../cli/examples.ts';
import { allNouns, buildProgram } from '../../cli/program.ts';
import { run } from '../../cli/run.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: {} };
const cli = new Cli(
  { ...io, now: Date.now, interrupt: new AbortController().signal },
  (self) => buildProgram(self, allNouns),
  { run, resolve: (args) => args },
);
const commandsUnder = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsUnder)];
const commands = commandsUnder(cli.wholeProgram());
const paths = commands.map(fullName);

describe('help', () => {
  it('has two examples for every command, and none for others', () => {
    expect(Object.keys(examples).sort()).toEqual([...paths].sort());
  });

  it.each(Object.entries(examples))('shows what "%s" is for in examples that are commands', (_path, pair) => {
    for (const [line] of pair) {
      const words = line
        .replace(/^.*?mailctl/, 'mailctl')
        .split(/\s+/)
        .slice(1);
      expect(paths.some((path) => path !== '' && words.join(' ').startsWith(path))).toBe(true);
    }
  });

  it('is no wider than a terminal of 80 columns', async () => {
    for (const path of paths) {
      const { stdout } = await runMailctl([...path.split(' ').filter(Boolean), '--help']);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('describes every command and every option', () => {
    for (const command of commands) {
      expect(command.description()).not.toBe('');
      for (const option of command.options) expect(option.description).not.toBe('');
    }
  });
});

describe('mailctl(1)', () => {
  const page = readFileSync(join(import.meta.dirname, '../../man/mailctl.1'), 'utf8');

  /** `queue list --sort by`, of each item of a list. */
  const items = page
    .split('\n')
    .filter((line) => line.startsWith('.It '))
    .map((line) => line.slice(4).replace(/\b(Ic|Cm|Oo|Oc|Op|Ar|Fl|Ns) ?/g, ''));

  it.each(paths.filter((path) => path.includes(' ')))('tells of %s', (path) => {
    expect(items.filter((item) => `${item} `.startsWith(`${path} `))).toHaveLength(1);
  });

  it.each(commands.map((command) => [fullName(command), command] as const))(
    'tells of every option of "%s"',
    (path, command) => {
      // The part about the noun; the options of all commands stand at the beginning.
      const noun = path.split(' ')[0] ?? '';
      const start = noun === '' ? 0 : page.indexOf(`\n.Ss ${noun}`);
      const part = page.slice(start, noun === '' ? undefined : page.indexOf('\n.S', start + 2));
      expect(start).not.toBe(-1);
      for (const { long } of command.options) {
        expect(part).toMatch(new RegExp(`(Fl|\\||,) ${long?.slice(1)}\\b`));
      }
    },
  );
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s knows every command and option', async (shell) => {
    const { stdout, code } = await runMailctl(['completion', shell]);
    expect(code).toBe(0);
    for (const command of commands) {
      expect(stdout).toContain(command.name());
      for (const { long, hidden } of command.options)
        if (!hidden) expect(stdout).toContain(shell === 'fish' ? `-l ${long?.slice(2)}` : long);
    }
  });
});
