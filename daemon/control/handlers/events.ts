/** Subscriptions. */
import type { HandlersOf } from '../handler.ts';
import type { Subscriptions } from '../subscriptions.ts';

export const eventHandlers = (subscriptions: Subscriptions): HandlersOf<'events'> => ({
  'events.subscribe': (params, context) => subscriptions.subscribe(params, context),
  'events.unsubscribe': ({ subscription }, context) => ({
    ended: subscriptions.unsubscribe(subscription, context.outlet),
  }),
});
