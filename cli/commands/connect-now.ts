/** `mailctl connect-now`: collects and sends now, whatever the schedule says. */
import type { ConnectionEvent, RunResult } from '../../shared/api/connections.ts';
import type { Result } from '../../shared/api/index.ts';
import { visible } from '../../shared/terminal-text.ts';
import type { Noun } from '../cli.ts';
import { resultTone } from '../columns/connections.ts';
import { localClock } from '../columns/time.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { follow } from '../follow.ts';

type Runs = Result<'connections.connectNow'>['runs'];

export const connectNow: Noun = {
  name: 'connect-now',
  summary: 'collect and send now, by one connection or the default',
  define(command, cli) {
    command
      .argument('[name]', 'connection; without it the default, or all that are enabled')
      .option('--follow', 'print each step; the exit code is the outcome. Ctrl-C leaves the run going')
      .action((name: string | undefined, options: { follow?: boolean }, self) =>
        cli.run(self, async (context) => {
          if (options.follow) return followRuns(context, name);
          await tellStart(context, await start(context, name));
          return exitCode.done;
        }),
      );
  },
};

const start = async (context: Context, name: string | undefined): Promise<Runs> =>
  (await context.call('connections.connectNow', name === undefined ? {} : { name })).runs;

async function tellStart({ output }: Context, runs: Runs): Promise<void> {
  for (const { run, joined } of runs) {
    if (output.json) await output.value({ ...run, joined });
    else {
      const how = joined ? 'is connecting already' : 'connects now';
      await output.line(`${run.connection} ${how} (run ${run.id}).`);
    }
  }
}

async function followRuns(context: Context, name: string | undefined): Promise<ExitCode> {
  const results = new Map<number, RunResult | null>();
  const print = await printer(context);
  await follow(
    context,
    { topics: ['connections'] },
    {
      // The subscription is there first: no step of the run can be missed.
      async snapshot() {
        const runs = await start(context, name);
        for (const { run } of runs) results.set(run.id, null);
        const joined = runs.filter((one) => one.joined);
        if (!context.output.json) await tellStart(context, joined);
      },
      async events(events) {
        for (const { topic, data } of events) {
          if (topic !== 'connections' || data.run === null || !results.has(data.run.id)) continue;
          await print(data);
          if (data.change === 'finished') results.set(data.run.id, data.run.result);
        }
        return [...results.values()].includes(null) ? 'go on' : 'end';
      },
    },
  );
  return [...results.values()].every((result) => result === 'ok') ? exitCode.done : exitCode.notDone;
}

async function printer({ output }: Context): Promise<(event: ConnectionEvent) => Promise<void>> {
  const paint = await output.paint();
  return async (event) => {
    if (output.json) return output.value(event);
    const { connection, change, text, run } = event;
    const clock = paint('old', localClock(new Date(output.view.now)));
    const tone =
      change === 'finished' ? resultTone(run?.result ?? null) : /^Failed/.test(text) ? 'bad' : null;
    await output.raw(`${clock} ${paint('accent', visible(connection))}  ${paint(tone, visible(text))}\n`);
  };
}
