/** One time line of all that is known about something. */
import type { Trace } from '../../trace/trace.ts';
import type { HandlersOf } from '../handler.ts';

export const traceHandlers = (trace: Trace): HandlersOf<'trace'> => ({
  'trace.find': (params, { signal }) => trace.find(params, signal),
});
