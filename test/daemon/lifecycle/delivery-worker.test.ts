import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../daemon/delivery/delivery.ts';
import { DeliveryWorker } from '../../../daemon/lifecycle/delivery-worker.ts';

/** A worker whose runs tell their story; a run ends when `finish` is called. */
function worker() {
  const story: string[] = [];
  const world = { paused: false, finish: () => {} };
  let runs = 0;
  const make = (): Delivery => {
    runs += 1;
    const name = `run ${runs}`;
    const run = {
      start: () => story.push(`${name} start`),
      pause: () => story.push(`${name} pause`),
      resume: () => story.push(`${name} resume`),
      active: () => new Map([[runs, {}]]),
      stop: () => {
        story.push(`${name} stop`);
        return new Promise<void>((resolve) => {
          world.finish = resolve;
        });
      },
    };
    // Only what the worker asks of a run.
    return run as unknown as Delivery;
  };
  return { story, world, worker: new DeliveryWorker(make, () => world.paused) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('delivery as a worker', () => {
  it('is a new run with each start', async () => {
    const { story, world, worker: one } = worker();
    await one.start();
    expect(one.ids()).toEqual([1]);
    const stopped = one.stop(1_000);
    await turn();
    world.finish();
    await stopped;
    expect(one.ids()).toEqual([]);
    await one.start();
    expect(story).toEqual(['run 1 start', 'run 1 stop', 'run 2 start']);
  });

  it('never has two runs at a time when its configuration changes', async () => {
    const { story, world, worker: one } = worker();
    await one.start();
    const renewed = one.renew(1_000);
    await turn();
    expect(story).toEqual(['run 1 start', 'run 1 stop']);
    expect(one.ids()).toEqual([1]);
    world.finish();
    await renewed;
    expect(story).toEqual(['run 1 start', 'run 1 stop', 'run 2 start']);
    expect(one.ids()).toEqual([2]);
  });

  it('is not started by a change of its configuration', async () => {
    const { story, worker: one } = worker();
    await one.renew(1_000);
    expect(story).toEqual([]);
  });

  it('rests while delivering is paused, from before its start too', async () => {
    const { story, world, worker: one } = worker();
    world.paused = true;
    await one.start();
    world.paused = false;
    one.obeyPause();
    world.paused = true;
    one.obeyPause();
    expect(story).toEqual(['run 1 pause', 'run 1 start', 'run 1 resume', 'run 1 pause']);
  });
});
