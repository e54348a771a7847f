import { describe, expect, it } from 'vitest';
import { smallScript, testThread } from '../../../helpers/content-thread.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { until } from '../../../helpers/until.ts';

describe('the content thread', () => {
  it('is started by the first job, and does one after the other', async () => {
    const thread = testThread(smallScript('answer(job.n + 1)'));
    expect(thread.started).toBe(false);
    expect(await Promise.all([1, 2, 3].map((n) => thread.run({ n })))).toEqual([2, 3, 4]);
    expect(thread.started).toBe(true);
  });

  it('is ended when there was nothing to do for a while, and started again', async () => {
    const clock = new FakeClock();
    const thread = testThread(smallScript('answer(process.hrtime.bigint())'), { clock });
    await thread.run({});
    clock.advance(60_000);
    await until(() => !thread.started, 'the end of the thread');
    await thread.run({});
    expect(thread.started).toBe(true);
  });

  it('that dies says so of the job it was at, and does the others', async () => {
    const thread = testThread(smallScript('if (job.die) process.exit(1); answer(job.n)'));
    const jobs = [thread.run({ n: 1 }), thread.run({ die: true }), thread.run({ n: 3 })];
    expect(await Promise.allSettled(jobs)).toMatchObject([
      { value: 1 },
      { reason: { code: 'contents.thread_died' } },
      { value: 3 },
    ]);
  });

  it('that takes too much memory dies, and maild does not', async () => {
    const thread = testThread(smallScript('const all = []; for (;;) all.push(new Array(10_000).fill(job))'));
    await expect(thread.run({})).rejects.toMatchObject({ code: 'contents.thread_died' });
  });

  it('that takes too long is killed', async () => {
    const clock = new FakeClock();
    const thread = testThread(smallScript('for (;;);'), { clock, jobMs: 1_000 });
    const outcome = expect(thread.run({})).rejects.toMatchObject({ code: 'contents.thread_died' });
    // It must be at the job: one that never ran is not to blame for anything.
    await until(() => thread.ready, 'the start of the thread');
    clock.advance(1_000);
    await outcome;
  });

  it('says what a job threw', async () => {
    const thread = testThread(
      smallScript(`parentPort.postMessage({ kind: 'failed', error: 'no such file' })`),
    );
    await expect(thread.run({})).rejects.toMatchObject({
      code: 'contents.job_failed',
      message: 'no such file',
    });
  });

  it.each(['/no/such/script.cjs', 'no-absolute-path.cjs'])(
    "that does not start is nobody's fault: %s",
    async (script) => {
      const thread = testThread(script);
      const jobs = [thread.run({}), thread.run({})];
      for (const job of await Promise.allSettled(jobs))
        expect(job).toMatchObject({ reason: { code: 'contents.thread_unavailable', temporary: true } });
    },
  );

  it('takes nothing any more when it was closed, and gives up what waits', async () => {
    const thread = testThread(smallScript(''));
    const outcomes = Promise.allSettled([thread.run({}), thread.run({})]);
    await thread.close();
    for (const job of [...(await outcomes), ...(await Promise.allSettled([thread.run({})]))])
      expect(job).toMatchObject({ reason: { code: 'contents.thread_unavailable' } });
  });
});
