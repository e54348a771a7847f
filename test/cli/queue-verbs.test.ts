import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ago, ahead, sampleVerb } from '../helpers/api-samples.ts';
import { FakeDaemon, ScriptedError } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(['queue', ...args], { socket: daemon.socket, ...options });

const lastOf = (values: readonly unknown[]): unknown => values[values.length - 1];

describe('the verbs', () => {
  const verbs = [
    ['send-now', 'queue.sendNow', 'Made due at once: 3 messages (10 KB).'],
    ['hold', 'queue.hold', 'Held 3 messages (10 KB).'],
    ['release', 'queue.release', 'Released 3 messages (10 KB).'],
    ['remove', 'queue.remove', 'Removed 3 messages (10 KB).'],
    ['bounce', 'queue.bounce', 'Bounced 3 messages (10 KB).'],
  ] as const;
  const three = sampleVerb({ matched: 3, changed: 3, bytes: 10_240, operation: null });

  it.each(verbs)('%s acts on ids without asking, and says how many', async (verb, method, sentence) => {
    daemon.script({ [method]: three });
    for (const tty of [false, true]) {
      const { stdout, code } = await run([verb, '1', '2,3', '--id', '4', '--reason', 'why'], { tty });
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${sentence}\n` });
      expect(lastOf(daemon.paramsOf(method))).toEqual({ filter: { ids: [1, 2, 3, 4] }, reason: 'why' });
    }
    expect(daemon.calls).toHaveLength(2);
  });

  it.each(verbs)('%s says what --dry-run would hit', async (verb, method) => {
    daemon.script({ [method]: { ...three, dryRun: true } });
    const { stdout, code } = await run([verb, '--all', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toBe(`Would ${verb.replace('-', ' ')} 3 messages (10 KB).\n`);
    expect(daemon.paramsOf(method)).toEqual([{ filter: {}, all: true, dryRun: true }]);
  });

  it.each(verbs)('%s without any selection does nothing', async (verb) => {
    daemon.script({});
    const { code, stderr } = await run([verb]);
    expect(code).toBe(64);
    expect(stderr).toContain('no message is named');
    expect(daemon.calls).toEqual([]);
  });

  it('send-now, hold and release lose nothing and never ask', async () => {
    daemon.script({ 'queue.sendNow': three, 'queue.hold': three, 'queue.release': three });
    for (const verb of ['send-now', 'hold', 'release'])
      expect((await run([verb, '--to', '*@x.test'], { tty: true })).code).toBe(0);
  });

  it('is the result as an object with --json', async () => {
    daemon.script({ 'queue.remove': three });
    expect(JSON.parse((await run(['remove', '1', '--json'])).stdout)).toEqual(three);
  });

  it('ends with 1 and names what was not found or left alone', async () => {
    daemon.script({
      'queue.remove': sampleVerb({
        changed: 1,
        bytes: 10,
        notFound: [5],
        refused: [{ id: 6, reason: 'being delivered at this moment' }],
        refusedCount: 4,
        operation: 18,
      }),
    });
    const { code, stdout, stderr } = await run(['remove', '1', '5', '6']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'Removed 1 message (10 B).\n' });
    expect(stderr).toBe(
      'message 5: not in the queue\nmessage 6: being delivered at this moment\nand 3 more were left alone\n' +
        'To bring them back: mailctl queue undo 18\n',
    );
  });
});

describe('verbs that lose mail, given filters, --all, or clear', () => {
  const cases = [
    ['queue.remove', ['remove', '--from', '*@spam.test'], 'Remove'],
    ['queue.remove', ['remove', '--all'], 'Remove'],
    ['queue.remove', ['remove', '7', '--state', 'held'], 'Remove'],
    ['queue.bounce', ['bounce', '--older-than', '3d'], 'Bounce'],
    ['queue.clear', ['clear'], 'Remove'],
  ] as const;
  const scripted = (method: string) => ({
    [method]: ({ dryRun }: { dryRun?: boolean }) => sampleVerb({ dryRun: dryRun === true }),
  });

  it.each(cases)('%s: %j does nothing without a terminal and without --yes', async (method, args) => {
    daemon.script(scripted(method));
    const { code, stderr } = await run(args);
    expect(code).toBe(64);
    expect(stderr).toContain('needs --yes');
    expect(daemon.calls).toEqual([]);
  });

  it.each(cases)('%s: %j asks on a terminal with counts', async (method, args, imperative) => {
    daemon.script(scripted(method));
    const yes = await run(args, { tty: true, stdin: 'y\n' });
    expect(yes.stderr).toContain(`${imperative} 212 messages (4.1 MB)? [y/N] `);
    expect(yes.code).toBe(0);
    expect(daemon.paramsOf(method as 'queue.clear').map(({ dryRun }) => dryRun)).toEqual([true, undefined]);
  });

  it.each(['n\n', '\n', '', 'yess\n'])('takes %j for a no', async (answer) => {
    daemon.script(scripted('queue.clear'));
    const { code, stderr } = await run(['clear'], { tty: true, stdin: answer });
    expect(code).toBe(1);
    expect(stderr).toContain('nothing was done');
    expect(daemon.paramsOf('queue.clear')).toEqual([{ dryRun: true }]);
  });

  it.each(cases)('%s: %j goes on at once with --yes', async (method, args) => {
    daemon.script(scripted(method));
    const { code, stdout } = await run([...args, '--yes']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/212 messages \(4.1 MB\)\.\n$/);
    expect(daemon.calls).toHaveLength(1);
  });

  it('needs no confirmation to be tried', async () => {
    daemon.script(scripted('queue.clear'));
    expect(await run(['clear', '--dry-run'])).toMatchObject({
      code: 0,
      stdout: 'Would remove 212 messages (4.1 MB).\n',
    });
  });

  it('asks nothing when nothing is hit', async () => {
    daemon.script({ 'queue.clear': sampleVerb({ matched: 0, changed: 0, bytes: 0, operation: null }) });
    expect(await run(['clear'], { tty: true })).toMatchObject({ code: 0, stdout: 'Removed 0 messages.\n' });
  });

  it('clear is done although what is being delivered stays, and says so', async () => {
    daemon.script({
      'queue.clear': sampleVerb({ refused: [{ id: 9, reason: 'being delivered' }], refusedCount: 1 }),
    });
    const { code, stderr } = await run(['clear', '--yes', '--reason', 'flood']);
    expect(code).toBe(0);
    expect(stderr).toContain('message 9: being delivered');
    expect(daemon.paramsOf('queue.clear')).toEqual([{ reason: 'flood' }]);
  });
});

describe('queue undo', () => {
  it('brings back the operation named, or the last one', async () => {
    daemon.script({ 'queue.undo': { operation: 17, verb: 'remove', restored: 212 } });
    expect(await run(['undo'])).toMatchObject({
      code: 0,
      stdout: 'Brought back 212 messages (operation 17, remove).\n',
    });
    await run(['undo', '17']);
    expect(daemon.paramsOf('queue.undo')).toEqual([{}, { operation: 17 }]);
  });

  it('says that there is nothing to undo', async () => {
    daemon.script({
      'queue.undo': () => {
        throw new ScriptedError('operation.not_found', 'no operation 99');
      },
    });
    expect(await run(['undo', '99'])).toMatchObject({
      code: 1,
      stderr:
        'mailctl: queue undo: no operation 99\nWhat can be undone is listed by: mailctl queue operations\n',
    });
  });

  it('lists what can be undone', async () => {
    const operation = {
      id: 17,
      verb: 'remove',
      at: ago(60),
      client: 'mailctl/0.1.0',
      messages: 212,
      undoneAt: null,
      until: ahead(600),
    };
    daemon.script({ 'queue.operations': { operations: [operation] } });
    expect((await run(['operations'])).stdout).toMatch(
      /17 +remove +212 +2026-11-22T14:01:31.000Z +mailctl\/0.1.0/,
    );
    expect(JSON.parse((await run(['operations', '--json'])).stdout)).toEqual(operation);
  });
});
