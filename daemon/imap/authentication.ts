/**
 * LOGIN and AUTHENTICATE (RFC 3501 6.2.2 and 6.2.3, RFC 4959 for SASL-IR): what the words of a client come to, and how it is
 * told (RFC 5530 3). Who is who, delays and bans are the directory's.
 */
import { errorText } from '../errors.ts';
import { logInClient } from '../listeners/client-login.ts';
import { SaslExchange, type SaslStep } from '../listeners/sasl.ts';
import { capabilitiesOf } from './commands.ts';
import type { ImapClient } from './imap-client.ts';
import { bad, no, type Outcome, ok } from './outcome.ts';
import type { RunningCommand } from './running-command.ts';

/** A client that may not log in is told so before it has to say its password. */
export function refusalOfLogin(client: ImapClient): Outcome | null {
  if (client.account !== null) return bad('Logged in already');
  return client.socket.mayLogIn ? null : no('PRIVACYREQUIRED', 'Passwords are taken under TLS only');
}

/** One AUTHENTICATE: an exchange of challenges and answers. */
export class Authentication {
  readonly running: RunningCommand;
  readonly #exchange: SaslExchange;

  /** Null: a mechanism that we do not have. */
  static begin(running: RunningCommand, mechanism: string): Authentication | null {
    const exchange = SaslExchange.for(mechanism);
    return exchange === null ? null : new Authentication(running, exchange);
  }

  private constructor(running: RunningCommand, exchange: SaslExchange) {
    this.running = running;
    this.#exchange = exchange;
  }

  first(initialResponse: string | null): SaslStep {
    return this.#exchange.begin(initialResponse === '' ? '=' : initialResponse);
  }

  next(line: string): SaslStep {
    return this.#exchange.answer(line);
  }
}

export const noSuchMechanism = no('CANNOT', 'There is no such mechanism');

export function exchangeFailed(reason: 'malformed' | 'cancelled' | 'not_allowed'): Outcome {
  if (reason === 'cancelled') return bad('Authentication cancelled');
  if (reason === 'not_allowed') return no('AUTHORIZATIONFAILED', 'Only for oneself');
  return bad('Not a response of this mechanism');
}

/** Does not reject. */
export async function logIn(client: ImapClient, user: string, password: string): Promise<Outcome> {
  const { context } = client;
  try {
    const login = await logInClient(client.socket, context, user, password);
    if (login.ok) {
      client.account = { accountId: login.accountId, user: login.user };
      return ok('Logged in', `CAPABILITY ${capabilitiesOf(client)}`);
    }
    switch (login.reason) {
      case 'blocked':
        client.farewell = 'Refused for now';
        return no('AUTHENTICATIONFAILED', 'Authentication failed');
      case 'busy':
        return no('UNAVAILABLE', 'Too many are logging in, try again later');
      case 'user_full':
        return no('LIMIT', 'Too many sessions of this user');
      case 'credentials':
        return no('AUTHENTICATIONFAILED', 'Authentication failed');
    }
  } catch (error) {
    context.log.error('login could not be checked', { ...client.socket.logFields, error: errorText(error) });
    return no('UNAVAILABLE', 'Not possible at this moment, try again later');
  }
}
