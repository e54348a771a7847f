/** The methods of the queue. `queue.explain` and `queue.bounce` need to know of deliveries and are given as functions. */
import type { Queue } from '../../queue/queue.ts';
import { type Handler, type Handlers, RawJson } from '../handler.ts';

type QueueMethod = Extract<keyof Handlers, `queue.${string}`>;

const defaultSliceBytes = 262_144;

export function queueHandlers(
  queue: Queue,
  explain: Handler<'queue.explain'>,
  bounce: Handler<'queue.bounce'>,
): Handlers<QueueMethod> {
  return {
    'queue.list': async (params) => new RawJson(await queue.list(params)),
    'queue.count': (params) => queue.count(params),
    'queue.show': ({ id }) => queue.show(id),
    'queue.content': ({ id, offset, length }) =>
      queue.contentSlice(id, offset ?? 0, length ?? defaultSliceBytes),
    'queue.explain': explain,
    'queue.summary': (params) => queue.summary(params),
    'queue.sendNow': (params, { client }) => queue.verb('sendNow', params, client),
    'queue.hold': (params, { client }) => queue.verb('hold', params, client),
    'queue.release': (params, { client }) => queue.verb('release', params, client),
    'queue.remove': (params, { client }) => queue.verb('remove', params, client),
    'queue.bounce': bounce,
    'queue.clear': (params, { client }) => queue.verb('clear', { ...params, filter: {}, all: true }, client),
    'queue.undo': ({ operation }) => queue.undo(operation),
    'queue.operations': () => queue.operations(),
  };
}
