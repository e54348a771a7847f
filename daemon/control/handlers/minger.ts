/** Minger as a client. */
import type { CheckedParams, Result } from '../../../shared/api/index.ts';
import type { HandlersOf } from '../handler.ts';

export const mingerHandlers = (client: {
  query(question: CheckedParams<'minger.query'>): Promise<Result<'minger.query'>>;
}): HandlersOf<'minger'> => ({
  'minger.query': (params) => client.query(params),
});
