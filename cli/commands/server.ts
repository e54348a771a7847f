/** `mailctl server`: the listeners and workers, while the service goes on answering. */
import type { Result } from '../../shared/api/index.ts';
import type { ServerPart } from '../../shared/api/server.ts';
import { durationSeconds } from '../arguments.ts';
import type { Noun } from '../cli.ts';
import { pauseText } from '../columns/pause.ts';
import type { Context } from '../context.ts';
import { someArgumentsOf } from '../option.ts';
import { serverParts } from '../words.ts';

/** `server stop` waits for deliveries in flight; a remote side may take its ten minutes (RFC 5321 4.5.3.2.6). */
const stopTimeoutMs = 11 * 60_000;

interface PauseOptions {
  readonly for?: number;
  readonly reason?: string;
}

export const server: Noun = {
  name: 'server',
  summary: 'start, stop, reload or pause the server; the service goes on answering',
  define(command, cli) {
    command
      .command('start')
      .description('start the listeners and workers')
      .action((_options, self) => cli.run(self, (context) => setState(context, 'start')));
    command
      .command('stop')
      .description('stop them; deliveries in flight end first')
      .option('--reason <text>', 'for the log')
      .action((options: { reason?: string }, self) =>
        cli.run(self, (context) => setState(context, 'stop', options.reason)),
      );
    command
      .command('reload')
      .description('read the configuration again and apply what can change live')
      .action((_options, self) => cli.run(self, reload));
    command
      .command('pause')
      .description('pause a part of the server, for good or for a time')
      .addArgument(someArgumentsOf('<part...>', 'what', serverParts))
      .option('--for <duration>', 'resume by itself after this time', durationSeconds)
      .option('--reason <text>', 'shown in the status and in the log')
      .action((parts: ServerPart[], options: PauseOptions, self) =>
        cli.run(self, async (context) => {
          const { paused } = await context.call('server.pause', {
            parts,
            ...(options.for === undefined ? {} : { forSeconds: options.for }),
            ...(options.reason === undefined ? {} : { reason: options.reason }),
          });
          await showPaused(context, paused);
        }),
      );
    command
      .command('resume')
      .description('resume what was paused')
      .addArgument(someArgumentsOf('<part...>', 'what', serverParts))
      .action((parts: ServerPart[], _options, self) =>
        cli.run(self, async (context) => {
          const { paused } = await context.call('server.resume', { parts });
          await showPaused(context, paused);
        }),
      );
  },
};

async function setState(context: Context, verb: 'start' | 'stop', reason?: string): Promise<void> {
  const outcome =
    verb === 'start'
      ? await context.call('server.start', {})
      : await context.call('server.stop', reason === undefined ? {} : { reason }, stopTimeoutMs);
  if (context.output.json) return context.output.value(outcome);
  await context.output.line(
    outcome.changed ? `The server is ${outcome.state}.` : `The server was ${outcome.state} already.`,
  );
}

async function reload(context: Context): Promise<void> {
  const { output } = context;
  const result = await context.call('server.reload', {});
  if (output.json) return output.value(result);
  for (const key of result.applied) await output.line(`applied        ${key}`);
  for (const key of result.needsRestart) await output.line(`needs restart  ${key}`);
  if (result.applied.length + result.needsRestart.length === 0)
    await output.line('The configuration has not changed.');
  else if (result.needsRestart.length > 0)
    await output.note('What needs a restart is in force after: systemctl restart maild');
}

async function showPaused(context: Context, paused: Result<'server.pause'>['paused']): Promise<void> {
  const { output } = context;
  if (output.json) return output.value(paused);
  for (const part of serverParts) {
    const pause = paused.details[part];
    await output.line(
      `${part.padEnd(11)} ${paused[part] ? `paused${pause ? pauseText(pause, output.view) : ''}` : 'running'}`,
    );
  }
}
