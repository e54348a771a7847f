/** What those who hold dialogues may ask of the registry. `session-registry.ts` implements it. */
import type { SessionType } from '../../shared/api/sessions.ts';
import type { Session, SessionStart } from './session.ts';

export interface SessionRegistryPort {
  open(start: SessionStart): Session;
  /** Why this peer or user is refused for now; null when it is not. */
  blocked(remoteAddress: string, user: string | null): string | null;
  /** How many sessions of the server types are open, in all and from this address. */
  connections(remoteAddress: string): { readonly total: number; readonly fromAddress: number };
  /** How many sessions of this type are open in which this user has logged in. */
  sessionsOf(type: SessionType, user: string): number;
}
