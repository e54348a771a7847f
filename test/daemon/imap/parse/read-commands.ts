/** What a reader makes of bytes, for tests: every event until it wants more. */
import { CommandReader } from '../../../../daemon/imap/parse/command-reader.ts';
import type { ImapCommand } from '../../../../daemon/imap/parse/imap-command.ts';
import { limitsAfterLogin, type ReaderEvent } from '../../../../daemon/imap/parse/reader-event.ts';

export function reader(): CommandReader {
  const made = new CommandReader();
  made.limits = limitsAfterLogin;
  return made;
}

/** `message`: what is done with messages of APPEND. */
export function events(
  from: CommandReader,
  input: string | Buffer,
  message: 'accept' | 'refuse' = 'accept',
): ReaderEvent[] {
  const found: ReaderEvent[] = [];
  from.push(Buffer.isBuffer(input) ? input : Buffer.from(input, 'utf8'));
  for (let event = from.next(); event !== null; event = from.next()) {
    found.push(event);
    if (event.kind !== 'message') continue;
    if (message === 'accept') from.acceptMessage();
    else from.refuseMessage();
  }
  return found;
}

/** The command of one line; throws what it was rejected with. */
export function command(line: string, utf8 = false): ImapCommand {
  const from = reader();
  from.utf8 = utf8;
  const [event] = events(from, `a ${line}\r\n`);
  if (event?.kind === 'command') return event.command;
  throw new Error(event?.kind === 'rejected' ? fault(event) : `${event?.kind}`);
}

export const fault = (event: Extract<ReaderEvent, { kind: 'rejected' }>): string =>
  `${event.status} ${event.code === null ? '' : `[${event.code}] `}${event.reason}`;
