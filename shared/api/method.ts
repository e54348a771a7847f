/**
 * A method of the control API as a value: what it takes, what it answers, who may call it.
 *
 * Daemon, command line and full-screen program take their types from these values; `rpc.discover`
 * and maild-api(7) are made from them. The command line imports them as types only, because zod
 * would cost every command 20 ms (see ARCHITECTURE.md, "Start-up").
 */
import type { z } from 'zod';

/** `read` changes nothing; `write` does, and is refused on a read-only connection. */
export type Access = 'read' | 'write';

export interface Method<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  /** One sentence, for `rpc.discover` and the man page. */
  readonly summary: string;
  readonly access: Access;
  /** Always a strict object: an unknown parameter is an error, not a typing mistake that does nothing. */
  readonly params: P;
  readonly result: R;
}

export function method<P extends z.ZodType, R extends z.ZodType>(definition: Method<P, R>): Method<P, R> {
  return definition;
}
