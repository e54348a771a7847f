/**
 * A subscription followed to its end: snapshot, then events in order, one at a time, however long each takes to write.
 * What the daemon had to drop for us is said on standard error.
 */
import type { Params, Result } from '../shared/api/index.ts';
import type { TopicEvent } from './client.ts';
import type { Context } from './context.ts';

export interface Follower {
  readonly snapshot: (snapshot: Result<'events.subscribe'>['snapshot']) => Promise<void>;
  /** Events that have come together, oldest first. Answers whether there is more to wait for. */
  readonly events: (events: readonly TopicEvent[]) => Promise<'go on' | 'end'>;
}

/** With so many events unwritten the daemon is to keep the rest: it counts what it drops. */
const maxWaiting = 2_000;

/** Resolves when the follower says `end`. Throws ClientError when the daemon goes away. */
export async function follow(
  context: Context,
  params: Params<'events.subscribe'>,
  follower: Follower,
): Promise<void> {
  const client = await context.client();
  let waiting: TopicEvent[] = [];
  let wake = () => {};
  const { snapshot } = await client.subscribe(params, (event) => {
    waiting.push(event);
    if (waiting.length === maxWaiting) client.pause();
    wake();
  });
  await follower.snapshot(snapshot);
  for (;;) {
    const events = waiting;
    waiting = [];
    if (events.length >= maxWaiting) client.resume();
    const skipped = events.reduce((sum, event) => sum + (event.skipped ?? 0), 0);
    if (skipped > 0) await context.output.note(`skipped ${skipped} lines`);
    if (events.length > 0 && (await follower.events(events)) === 'end') return;
    if (waiting.length > 0) continue;
    const woken = new Promise<'woken'>((resolve) => {
      wake = () => resolve('woken');
    });
    const news = await Promise.race([woken, client.closed]);
    if (news !== 'woken' && waiting.length === 0) {
      if (news) throw news;
      return;
    }
  }
}
