/** Keys of Minger: who may ask whether an address of ours is there. Where it listens stands in [[listeners]]. */
import { setting } from './setting.ts';
import { boolean, integer, listOf, network, secret } from './value-type.ts';

const live = true;

export const mingerSettings = {
  'minger.secrets': setting(listOf(secret), [], {
    live,
    summary: 'Secrets shared with those who ask: a query that proves one of them is answered.',
  }),
  'minger.anonymous': setting(boolean, false, {
    live,
    summary: 'Whether queries without a proof are answered, too.',
  }),
  'minger.allow': setting(listOf(network), ['127.0.0.0/8', '::1/128'], {
    live,
    summary: 'Clients that may ask; all others are denied.',
  }),
  'minger.rate': setting(integer(1, 1_000_000, 'queries per second'), 10_000, {
    live,
    summary:
      'Most queries of one client; more get no answer. A wrong proof, and an anonymous query for an unknown address, count as 100.',
  }),
};
