/** All handlers as one value. Each noun comes from its own file; the type holds that none is missing. */
import type { Handlers, HandlersOf } from '../handler.ts';

export interface HandlerParts {
  readonly service: HandlersOf<'service'> & HandlersOf<'rpc'>;
  readonly server: HandlersOf<'server'> & HandlersOf<'status'>;
  readonly sessions: HandlersOf<'sessions'> & HandlersOf<'blocks'>;
  readonly queue: HandlersOf<'queue'>;
  readonly quarantine: HandlersOf<'quarantine'>;
  readonly log: HandlersOf<'log'>;
  readonly events: HandlersOf<'events'>;
  readonly accounts: HandlersOf<'accounts'> & HandlersOf<'domains'> & HandlersOf<'aliases'>;
  readonly mailboxes: HandlersOf<'mailboxes'>;
  readonly connections: HandlersOf<'connections'>;
  readonly config: HandlersOf<'config'>;
  readonly housekeeper: HandlersOf<'housekeeper'>;
  readonly doctor: HandlersOf<'doctor'>;
  readonly minger: HandlersOf<'minger'>;
  readonly audit: HandlersOf<'audit'>;
  readonly trace: HandlersOf<'trace'>;
}

export const allHandlers = (parts: HandlerParts): Handlers => ({
  ...parts.service,
  ...parts.server,
  ...parts.sessions,
  ...parts.queue,
  ...parts.quarantine,
  ...parts.log,
  ...parts.events,
  ...parts.accounts,
  ...parts.mailboxes,
  ...parts.connections,
  ...parts.config,
  ...parts.housekeeper,
  ...parts.doctor,
  ...parts.minger,
  ...parts.audit,
  ...parts.trace,
});
