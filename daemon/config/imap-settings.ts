/** Keys of the IMAP server. Where it listens stands in [[listeners]]; who may log in, in auth. */
import { setting } from './setting.ts';
import { duration, integer, size } from './value-type.ts';

const live = true;

export const imapSettings = {
  // RFC 3501 5.4: after the login not less than 30 minutes. What is below that is for trying things out.
  'imap.idle_timeout': setting(duration('1s', '7d'), '30m', {
    live,
    summary:
      'A client that is logged in and says nothing for so long is sent away, in IDLE too. RFC 3501 asks for 30 minutes at least.',
  }),
  'imap.login_timeout': setting(duration('1s', '1h'), '1m', {
    live,
    summary: 'A client that is not logged in after so long is sent away, whatever it says meanwhile.',
  }),
  'imap.command_timeout': setting(duration('1s', '1h'), '5m', {
    live,
    summary:
      'A client that is in the middle of a command for so long is sent away; what it sends of a message at imap.min_rate or faster buys it more.',
  }),
  'imap.min_rate': setting(integer(0, 1_000_000_000, 'bytes per second'), 100, {
    live,
    summary: 'A client that sends a message slower than this is sent away; 0: never.',
  }),
  'imap.max_line_length': setting(size('8k', '1M'), '128k', {
    live,
    summary: 'Longest command, without the messages in it.',
  }),
  'imap.max_errors': setting(integer(1, 10_000), 20, {
    live,
    summary: 'Bad commands after which a client is sent away; a good one makes up for a bad one.',
  }),
};
