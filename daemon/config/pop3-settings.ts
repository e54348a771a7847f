/** Keys of the POP3 server. Where it listens stands in [[listeners]]; who may log in, in auth. */
import { setting } from './setting.ts';
import { boolean, duration, integer } from './value-type.ts';

const live = true;

export const pop3Settings = {
  'pop3.login_delay': setting(duration('0s', '1d'), '0s', {
    live,
    summary: 'Least time between two logins of one user; who comes earlier is sent away. 0s: none.',
  }),
  // RFC 1939 3: not less than ten minutes.
  'pop3.idle_timeout': setting(duration('10m', '1d'), '10m', {
    live,
    summary: 'A client that is logged in and says nothing for so long is sent away, and nothing is deleted.',
  }),
  'pop3.login_timeout': setting(duration('1s', '1h'), '1m', {
    live,
    summary: 'A client that is not logged in after so long is sent away, whatever it says meanwhile.',
  }),
  'pop3.max_errors': setting(integer(1, 10_000), 20, {
    live,
    summary: 'Bad commands and failed logins after which a client is sent away.',
  }),
  'pop3.mark_seen': setting(boolean, true, {
    live,
    summary: 'Whether a message that was fetched is seen for IMAP4 clients.',
  }),
};
