/** `mailctl sessions watch`: one dialogue, what has been said and then what is said, until it ends. */
import type { Command } from 'commander';
import type { Result } from '../../shared/api/index.ts';
import type { Exchange, Session } from '../../shared/api/sessions.ts';
import { visible } from '../../shared/terminal-text.ts';
import { id } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { remoteEnd, sessionName } from '../columns/sessions.ts';
import { localClock } from '../columns/time.ts';
import type { Context } from '../context.ts';
import { follow } from '../follow.ts';
import type { Paint, Tone } from '../style.ts';

/** Seen from maild, as curl marks them: what it received and what it sent. */
const marks: Readonly<Record<Exchange['direction'], string>> = { in: '<', out: '>', note: '*' };
const tones: Readonly<Record<Exchange['direction'], Tone | null>> = { in: 'accent', out: null, note: 'old' };

export function defineWatch(command: Command, cli: Cli): void {
  command
    .command('watch')
    .description('show the last exchanges of a session, then follow it; ends with it')
    .argument('<id>', 'session', id)
    .option('--no-follow', 'only show the last exchanges')
    .action((session: number, options: { follow: boolean }, self) =>
      cli.run(self, (context) => watch(context, session, options.follow)),
    );
}

async function watch(context: Context, sessionId: number, following: boolean): Promise<void> {
  const { output } = context;
  const paint = await output.paint();
  const show = (exchange: Exchange) =>
    output.json ? output.value(exchange) : output.raw(`${exchangeLine(exchange, output.view.kind, paint)}\n`);
  const replay = async ({ session, exchanges, dropped }: Result<'sessions.exchanges'>) => {
    await output.note(headLine(session));
    if (dropped > 0) await output.note(`(${dropped} earlier lines are not kept)`);
    for (const exchange of exchanges) await show(exchange);
  };

  if (!following) return replay(await context.call('sessions.exchanges', { id: sessionId }));
  await follow(
    context,
    { topics: ['session'], sessionId },
    {
      async snapshot({ session }) {
        if (session) await replay(session);
      },
      async events(events) {
        for (const { topic, data } of events) {
          if (topic !== 'session') continue;
          if (data === null) {
            await output.note(`session ${sessionId} has ended`);
            return 'end';
          }
          await show(data);
        }
        return 'go on';
      },
    },
  );
}

function headLine(session: Session): string {
  const { tls, user, detail } = session;
  const parts = [sessionName(session), remoteEnd(session), tls ?? 'no TLS', user ?? 'no login', detail];
  return parts.join('  ');
}

function exchangeLine({ at, direction, text }: Exchange, kind: 'terminal' | 'plain', paint: Paint): string {
  const time = kind === 'plain' ? at : localClock(new Date(at));
  return `${paint('old', time)} ${paint(tones[direction], `${marks[direction]} ${visible(text)}`)}`;
}
