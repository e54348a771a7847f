import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { MaildError } from '../../../daemon/errors.ts';
import { Log, type LogSettings } from '../../../daemon/log/log.ts';
import type { LogEntry } from '../../../shared/api/log.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const settings: LogSettings = {
  level: 'info',
  levels: {},
  ringLines: 100,
  fileBytes: 1_000_000,
  files: 3,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maild-log-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const inMemory = (changes: Partial<LogSettings> = {}, clock = new FakeClock()): Log =>
  new Log({ settings: { ...settings, ...changes }, stateDir: null, clock, output: 'none' });
const onDisk = async (changes: Partial<LogSettings> = {}): Promise<Log> => {
  const log = new Log({
    settings: { ...settings, ...changes },
    stateDir: folder,
    clock: systemClock,
    output: 'none',
  });
  await log.start();
  return log;
};
const parsed = (lines: readonly string[]): LogEntry[] => lines.map((line) => JSON.parse(line));
const messages = (lines: readonly string[]): string[] => parsed(lines).map((entry) => entry.message);

describe('levels', () => {
  it('keeps what is as grave as the level of its category, and nothing less', () => {
    const log = inMemory({ levels: { smtp: 'warn', queue: 'trace' } });
    log.for('smtp').info('no');
    log.for('smtp').warn('yes');
    log.for('queue').trace('yes, too');
    log.for('delivery').info('by default');
    log.for('delivery').debug('not by default');
    expect(messages(log.tail({}, 10))).toEqual(['yes', 'yes, too', 'by default']);
    expect(log.for('smtp').enabled('info')).toBe(false);
    expect(log.for('smtp').enabled('error')).toBe(true);
  });

  it('take effect at once in loggers that were handed out before', () => {
    const log = inMemory();
    const logger = log.for('smtp');
    log.setLevels({ smtp: 'trace' });
    logger.trace('wire');
    expect(messages(log.tail({}, 10))).toEqual(['wire']);
  });

  it('go back by themselves when they were set for a time', () => {
    const clock = new FakeClock();
    const log = inMemory({}, clock);
    const until = new Date(clock.now() + 60_000).toISOString();
    log.setLevels({ smtp: 'debug' }, 60_000);
    expect(log.levels().find(({ category }) => category === 'smtp')).toEqual({
      category: 'smtp',
      level: 'debug',
      until,
      revertsTo: 'info',
    });
    clock.advance(59_999);
    log.for('smtp').debug('still');
    clock.advance(1);
    log.for('smtp').debug('no more');
    expect(messages(log.tail({}, 10))).toEqual(['still']);
    expect(log.levels().find(({ category }) => category === 'smtp')).toMatchObject({
      level: 'info',
      until: null,
    });
  });

  it('that were set for a time outlast a reload, and then give way to the new configuration', () => {
    const clock = new FakeClock();
    const log = inMemory({}, clock);
    log.setLevels({ smtp: 'trace' }, 1_000);
    log.configure({ ...settings, level: 'error' });
    expect(log.for('smtp').enabled('trace')).toBe(true);
    expect(log.for('queue').enabled('warn')).toBe(false);
    clock.advance(1_000);
    expect(log.for('smtp').enabled('warn')).toBe(false);
  });

  it('set for good end an earlier setting for a time', () => {
    const clock = new FakeClock();
    const log = inMemory({}, clock);
    log.setLevels({ smtp: 'trace' }, 1_000);
    log.setLevels({ smtp: 'debug' });
    clock.advance(1_000);
    expect(log.for('smtp').enabled('debug')).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe('the ring', () => {
  it('keeps the newest lines', () => {
    const log = inMemory({ ringLines: 3 });
    for (const n of [1, 2, 3, 4, 5]) log.for('smtp').info(`line ${n}`);
    expect(messages(log.tail({}, 10))).toEqual(['line 3', 'line 4', 'line 5']);
    expect(messages(log.tail({}, 2))).toEqual(['line 4', 'line 5']);
    expect(parsed(log.tail({}, 1))[0]?.seq).toBe(5);
  });

  it('is bounded in bytes, however many lines it may have', () => {
    const log = inMemory({ ringLines: 1_000_000 });
    const long = 'x'.repeat(2_000);
    for (let n = 0; n < 6_000; n += 1) log.for('smtp').info('long', { a: long, b: long });
    const bytes = log.tail({}, 1_000_000).reduce((sum, line) => sum + line.length, 0);
    expect(bytes).toBeLessThan(8 * 1_048_576);
    expect(bytes).toBeGreaterThan(4 * 1_048_576);
  });
});

describe('filters', () => {
  it('choose by level, category, session, message, time and pattern', async () => {
    const clock = new FakeClock();
    const log = inMemory({ level: 'trace' }, clock);
    log.for('smtp').info('first', { sessionId: 1 });
    clock.advance(1_000);
    const since = new Date(clock.now()).toISOString();
    log.for('queue').warn('second', { queueId: 7, from: 'a@example.org' });
    log.for('delivery').debug('third', { queueId: 7, sessionId: 1 });
    expect(messages(log.tail({ level: 'info' }, 9))).toEqual(['first', 'second']);
    expect(messages(log.tail({ categories: ['smtp', 'delivery'] }, 9))).toEqual(['first', 'third']);
    expect(messages(log.tail({ sessionId: 1 }, 9))).toEqual(['first', 'third']);
    expect(messages(log.tail({ queueId: 7, level: 'warn' }, 9))).toEqual(['second']);
    expect(messages(log.tail({ since }, 9))).toEqual(['second', 'third']);
    expect(messages(log.tail({ grep: 'from=a@example' }, 9))).toEqual(['second']);
    expect(messages(log.tail({ grep: '^2026-.* info +smtp: first' }, 9))).toEqual(['first']);
    expect(messages(await log.list({ sessionId: 1 }, 1))).toEqual(['third']);
  });

  it('refuse what is no regular expression, and what would take for ever', () => {
    const log = inMemory();
    for (const grep of ['(', '[z-a]', '(a+)+$', '(\\w+\\s?)*$', '.*.*.*.*=', `x${'y'.repeat(500)}`]) {
      let thrown: unknown;
      try {
        log.follow({ grep }, () => {});
      } catch (error) {
        thrown = error;
      }
      expect(thrown, grep).toBeInstanceOf(MaildError);
      expect(thrown, grep).toMatchObject({ code: 'params.invalid', details: { path: 'filter.grep' } });
    }
  });

  it('accept the patterns that people write', () => {
    const log = inMemory();
    for (const grep of [
      'from=.*@example\\.org',
      'queueId=(7|8)\\b',
      '\\bTLSv1\\.[23]\\b',
      'a\\-b',
      '^.{10,30}warn',
    ]) {
      expect(() => log.tail({ grep }, 1), grep).not.toThrow();
    }
  });
});

describe('a pattern', () => {
  it('is tried on all of the memory in a list, and on its newest part in a snapshot', async () => {
    const log = inMemory({ ringLines: 5_000 });
    for (let n = 0; n < 4_000; n += 1) log.for('smtp').info('line', { n });
    expect(await log.list({ grep: 'n=7$' }, 10)).toHaveLength(1);
    expect(log.tail({ grep: 'n=7$' }, 10)).toHaveLength(0);
    expect(log.tail({ grep: 'n=3007$' }, 10)).toHaveLength(1);
    const listing = log.list({ grep: 'n=\\d+$' }, 5_000);
    log.for('smtp').info('line', { n: -1 });
    expect(parsed(await listing).map(({ n }) => n)).toEqual(Array.from({ length: 4_000 }, (_, n) => n));
  });
});

describe('followers', () => {
  it('get each new line that matches, with its JSON, until they leave', () => {
    const log = inMemory();
    const got: [LogEntry, string][] = [];
    log.for('smtp').info('before');
    const leave = log.follow({ categories: ['smtp'] }, (entry, json) => got.push([entry, json]));
    log.for('smtp').info('one', { sessionId: 3 });
    log.for('queue').info('another category');
    leave();
    log.for('smtp').info('after');
    expect(got).toHaveLength(1);
    const [entry, json] = got[0] ?? [];
    expect(entry).toMatchObject({ message: 'one', sessionId: 3 });
    expect(JSON.parse(json ?? '')).toEqual(entry);
  });
});

describe('a line', () => {
  it('never lets a field stand in for what every line has', () => {
    const log = inMemory();
    log.for('smtp').info('true', { message: 'false', time: 'never', level: 'error', category: 'x', seq: -1 });
    expect(parsed(log.tail({}, 1))[0]).toEqual({
      seq: 1,
      time: '2026-01-01T00:00:00.000Z',
      level: 'info',
      category: 'smtp',
      message: 'true',
    });
  });

  it('masks fields that are secrets by their name, at any depth', () => {
    const log = inMemory();
    log.for('smtp').error('x', {
      password: 'hunter2',
      auth: 'hunter2',
      apiToken: 'hunter2',
      hop: { user: 'u', Secret: 'hunter2', list: [{ passwd: 'hunter2' }] },
      authMethod: 'PLAIN',
    });
    const line = log.tail({}, 1)[0] ?? '';
    expect(line).not.toContain('hunter2');
    expect(JSON.parse(line)).toMatchObject({ password: '********', authMethod: 'PLAIN', hop: { user: 'u' } });
  });

  it('masks credentials in the commands that are logged at trace', () => {
    const log = inMemory({ level: 'trace' });
    for (const line of [
      'AUTH PLAIN AGEAaHVudGVyMg==',
      'auth login aHVudGVyMg==',
      'PASS hunter2',
      'a1 LOGIN user hunter2',
      'a1 LOGIN "us er" "hunter2"',
      'a1 AUTHENTICATE PLAIN aHVudGVyMg==',
    ]) {
      log.for('smtp').trace('received', { line });
    }
    const text = log.tail({}, 10).join('\n');
    expect(text).not.toMatch(/hunter2|HVudGVyMg/);
    expect(text).toContain('AUTH PLAIN ********');
  });

  it('is bounded, whatever its fields hold', () => {
    const log = inMemory();
    const circular: Record<string, unknown> = { name: 'circular' };
    circular.self = circular;
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`field${n}`, 'y'.repeat(3_000)]));
    log.for('smtp').info('long', { text: 'x'.repeat(100_000), sessionId: 4 });
    log
      .for('smtp')
      .info('odd', { circular, big: 1n, bytes: Buffer.alloc(9), call: () => 1, error: new Error('E') });
    log.for('smtp').info('many', { ...many, sessionId: 4 });
    const [long, odd, manyFields] = parsed(log.tail({}, 3));
    expect(String(long?.text)).toHaveLength(2_003);
    expect(odd).toMatchObject({ big: '1', bytes: '<9 bytes>', error: expect.stringContaining('Error: E') });
    expect(manyFields).toMatchObject({ message: 'many', sessionId: 4, truncated: true });
    expect(manyFields).not.toHaveProperty('field0');
  });
});

describe('files', () => {
  it('hold every line as JSON, for the owner only', async () => {
    const log = await onDisk();
    log.for('smtp').info('one', { sessionId: 1 });
    log.for('smtp').info('two\nlines', { sessionId: 2 });
    await log.close();
    const file = join(folder, 'logs', 'maild.log');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(messages(lines)).toEqual(['one', 'two\nlines']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'logs'))).mode & 0o777).toBe(0o700);
  });

  it('hold what was logged before they were open', async () => {
    const log = new Log({ settings, stateDir: folder, clock: systemClock, output: 'none' });
    log.for('server').info('starting');
    expect(await readdir(folder)).toEqual([]);
    await log.start();
    log.for('server').info('started');
    await log.close();
    const text = await readFile(join(folder, 'logs', 'maild.log'), 'utf8');
    expect(messages(text.trimEnd().split('\n'))).toEqual(['starting', 'started']);
  });

  it('are put aside by size, and the oldest goes', async () => {
    const log = await onDisk({ fileBytes: 2_000, files: 3 });
    for (let n = 0; n < 200; n += 1) {
      log.for('smtp').info('line', { n });
      await log.flush();
    }
    await log.close();
    const names = (await readdir(join(folder, 'logs'))).sort();
    expect(names).toEqual(['maild.log', 'maild.log.1', 'maild.log.2']);
    const texts = await Promise.all(
      [...names].reverse().map((name) => readFile(join(folder, 'logs', name), 'utf8')),
    );
    const numbers = parsed(texts.join('').trimEnd().split('\n')).map((entry) => Number(entry.n));
    const first = numbers[0] ?? 0;
    expect(first).toBeGreaterThan(100);
    expect(numbers).toEqual(Array.from({ length: 200 - first }, (_, n) => first + n));
  });

  it('are read backwards for times that have left the ring, without gap or repetition', async () => {
    const before = await onDisk();
    before.for('smtp').info('of the run before');
    await before.close();
    const log = await onDisk({ fileBytes: 20_000, files: 10, ringLines: 10 });
    for (let n = 0; n < 500; n += 1) {
      log.for('smtp').info(`line ${n} ${'é'.repeat(n % 50)}`);
      if (n % 20 === 0) await log.flush();
    }
    const since = '2020-01-01T00:00:00.000Z';
    const all = messages(await log.list({ since }, 5_000));
    expect(all).toHaveLength(501);
    expect(all[0]).toBe('of the run before');
    expect(all.slice(1).map((message) => Number(message.split(' ')[1]))).toEqual(
      Array.from({ length: 500 }, (_, n) => n),
    );
    expect(
      messages(await log.list({ since, grep: 'line 1?7 ' }, 5_000)).map((text) => text.slice(0, 7)),
    ).toEqual(['line 7 ', 'line 17']);
    expect(await log.list({ since }, 25)).toHaveLength(25);
    expect(await log.list({}, 5_000)).toHaveLength(10);
    await log.close();
  });

  it('may hold garbage, cut lines and lines of enormous length', async () => {
    const log = await onDisk({ ringLines: 1 });
    log.for('smtp').info('good');
    log.for('smtp').info('in the ring');
    await log.flush();
    await appendFile(
      join(folder, 'logs', 'maild.log'),
      `{"seq":1,"ti\nnull\n${'z'.repeat(300_000)}\n\u0000\n`,
    );
    expect(messages(await log.list({ since: '2020-01-01T00:00:00.000Z' }, 10))).toEqual([
      'good',
      'in the ring',
    ]);
    await log.close();
  });

  it('that cannot be written are said once, and stop nothing', async () => {
    await appendFile(join(folder, 'logs'), 'a file where the folder should be');
    const log = new Log({ settings, stateDir: folder, clock: systemClock, output: 'none' });
    await log.start();
    for (let n = 0; n < 50; n += 1) log.for('smtp').info('mail goes on');
    await log.flush();
    const failures = log.tail({ level: 'error' }, 10);
    expect(parsed(failures)).toMatchObject([{ message: 'log file cannot be written', category: 'server' }]);
    expect(log.tail({ categories: ['smtp'] }, 100)).toHaveLength(50);
    await log.close();
  });
});
