/** `mailctl trace`: one time line of all that is known about a message, a session, an address or a client. */
import type { Result } from '../../shared/api/index.ts';
import { formatCount } from '../../shared/units.ts';
import { timeBefore } from '../arguments.ts';
import type { Noun } from '../cli.ts';
import { localDate, timeCell } from '../columns/time.ts';
import type { Context } from '../context.ts';
import { exitCode } from '../exit-code.ts';
import { dayLine } from '../log-line.ts';
import { traceLine } from '../trace-line.ts';

type Found = Result<'trace.find'>;

export const trace: Noun = {
  name: 'trace',
  summary: 'one time line of a message, session, address, client',
  define(command, cli) {
    command
      .description('one time line of all that is known about a message, session, address or client')
      .argument('<subject>', '42 or Q42, S42 (a session), <id@host> (a Message-ID), a mail or an IP address')
      .option('--since <time>', 'look back until then: 2h, 14:00, 2026-11-22 14:00', timeBefore(cli.io.now))
      .action((subject: string, options: { since?: string }, self) =>
        cli.run(self, async (context) => {
          const found = await context.call('trace.find', {
            subject,
            ...(options.since !== undefined && { since: options.since }),
          });
          await show(context, found);
          return found.events.length === 0 ? exitCode.notDone : exitCode.done;
        }),
      );
  },
};

async function show({ output }: Context, found: Found): Promise<void> {
  if (output.json) return output.values(found.events);
  const { view } = output;
  if (found.events.length === 0) {
    return output.note(`Nothing is known of ${found.subject} since ${timeCell(found.since, view)}.`);
  }
  const paint = await output.paint();
  let day = localDate(new Date(view.now));
  let text = '';
  for (const event of found.events) {
    const itsDay = localDate(new Date(event.time));
    if (output.terminal && itsDay !== day) text += `${paint('old', dayLine(event.time))}\n`;
    day = itsDay;
    text += `${traceLine(event, view, paint)}\n`;
  }
  await output.raw(text);
  await output.note(summary(found));
}

function summary({ events, messages, truncated }: Found): string {
  const about = messages.length === 1 ? `message ${messages[0]}` : `${formatCount(messages.length)} messages`;
  const count = `${formatCount(events.length)} ${events.length === 1 ? 'event' : 'events'}`;
  return `${count}${messages.length === 0 ? '' : `, ${about}`}${truncated ? '; there are older ones' : ''}.`;
}
