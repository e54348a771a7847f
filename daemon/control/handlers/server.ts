/** The server and its status. */
import type { ServerPart, Status } from '../../../shared/api/server.ts';
import type { ReloadOutcome } from '../../config/configuration.ts';
import type { HandlersOf } from '../handler.ts';

export interface ServerHandlerNeeds {
  readonly server: {
    start(): Promise<Outcome>;
    stop(reason?: string): Promise<Outcome>;
  };
  readonly reload: () => Promise<ReloadOutcome>;
  readonly pauses: {
    pause(parts: readonly ServerPart[], forMs: number | undefined, reason: string | undefined): void;
    resume(parts: readonly ServerPart[]): void;
    status(): Status['server']['paused'];
  };
  readonly status: { get(): Promise<Status> };
}

type Outcome = { state: Status['server']['state']; changed: boolean };

export const serverHandlers = ({
  server,
  reload,
  pauses,
  status,
}: ServerHandlerNeeds): HandlersOf<'server'> & HandlersOf<'status'> => ({
  'status.get': () => status.get(),
  'server.start': () => server.start(),
  'server.stop': ({ reason }) => server.stop(reason),
  'server.reload': () => reload(),
  'server.pause': ({ parts, forSeconds, reason }) => {
    pauses.pause(parts, forSeconds === undefined ? undefined : forSeconds * 1000, reason);
    return { paused: pauses.status() };
  },
  'server.resume': ({ parts }) => {
    pauses.resume(parts);
    return { paused: pauses.status() };
  },
});
