/**
 * What stands behind a method of the API: parameters are checked before, the result goes out as it is.
 *
 * A handler is a line or two that calls the service whose matter it is. Each noun has its file in `handlers/`.
 */
import type { CheckedParams, MethodName, Result } from '../../shared/api/index.ts';
import type { EventOutlet } from './event-outlet.ts';

export interface CallContext {
  /** `name/version` as the client gave it: a note for the log, not a proof of who it is. */
  readonly client: string;
  /** Aborted when the client goes away or its call takes too long. */
  readonly signal: AbortSignal;
}

/** What the methods of `events` have besides: the way to the client after the answer. */
export interface SubscriberContext extends CallContext {
  readonly outlet: EventOutlet;
  /** Calls back when the answer to this call is on its way, so that no event overtakes it. */
  afterAnswer(callback: () => void): void;
}

export type ContextOf<M extends MethodName> = M extends `events.${string}` ? SubscriberContext : CallContext;

/** A result that exists as JSON text already: it goes into the frame unparsed. Holds no line break. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Handler<M extends MethodName> = (
  params: CheckedParams<M>,
  context: ContextOf<M>,
) => Result<M> | RawJson | Promise<Result<M> | RawJson>;

export type Handlers<M extends MethodName = MethodName> = { readonly [K in M]: Handler<K> };

/** The handlers of one noun: `HandlersOf<'queue'>` has all that begin with `queue.`. */
export type HandlersOf<Noun extends string> = Handlers<Extract<MethodName, `${Noun}.${string}`>>;
