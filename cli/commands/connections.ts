/** `mailctl connections`: links to the outside, what each of them does, did and does next. */
import type { Command } from 'commander';
import type { Cli, Noun } from '../cli.ts';
import { connectionColumns, durationCell } from '../columns/connections.ts';
import { confirm } from '../confirm.ts';
import { tellChange } from '../connection-change.ts';
import { showConnection } from '../connection-detail.ts';
import { exitCode } from '../exit-code.ts';
import { canAsk } from '../prompt.ts';
import { defineCollectors } from './collectors.ts';
import { defineAdd, defineEdit } from './connections-change.ts';

/** Servers that do not answer are waited for. */
const testTimeoutMs = 120_000;

export const connections: Noun = {
  name: 'connections',
  summary: 'links to relays and mailboxes elsewhere, and their schedules',
  fallback: 'list',
  define(command, cli) {
    defineList(command, cli);
    defineShow(command, cli);
    defineAdd(command, cli);
    defineEdit(command, cli);
    defineRemove(command, cli);
    defineSwitch(command, cli, 'enable', 'let it connect again');
    defineSwitch(command, cli, 'disable', 'keep it from connecting');
    defineTest(command, cli);
    defineCollectors(command, cli);
  },
};

function defineList(command: Command, cli: Cli): void {
  command
    .command('list')
    .description('the connections (this is the default)')
    .action((_options, self) =>
      cli.run(self, async (context) => {
        const { connections } = await context.call('connections.list', {});
        await context.output.list(
          connectionColumns,
          connections,
          'There is no connection: mailctl connections add NAME',
        );
      }),
    );
}

function defineShow(command: Command, cli: Cli): void {
  command
    .command('show')
    .description('one connection: its parts, its last 50 runs, its totals')
    .argument('<name>', 'connection')
    .action((name: string, _options, self) =>
      cli.run(self, async (context) => {
        const shown = await context.call('connections.show', { name });
        if (context.output.json) await context.output.value(shown);
        else await showConnection(context.output, shown);
      }),
    );
}

function defineRemove(command: Command, cli: Cli): void {
  command
    .command('remove')
    .description('remove a connection, and what is known of the messages it collected')
    .argument('<name>', 'connection')
    .action((name: string, _options, self) =>
      cli.run(self, async (context) => {
        const { output } = context;
        if (!context.options.yes && canAsk(context.io)) {
          await confirm(context, `Remove connection ${name}? What was collected would be collected again.`);
        }
        const result = await context.call('connections.remove', { name });
        if (output.json) await output.value(result);
        else await output.line(`Connection ${name} was removed.`);
      }),
    );
}

function defineSwitch(command: Command, cli: Cli, verb: 'enable' | 'disable', summary: string): void {
  command
    .command(verb)
    .description(summary)
    .argument('<name>', 'connection')
    .action((name: string, _options, self) =>
      cli.run(self, async (context) => {
        const { connection } = await context.call('connections.edit', { name, enabled: verb === 'enable' });
        await tellChange(context, connection, `is ${verb}d`);
      }),
    );
}

function defineTest(command: Command, cli: Cli): void {
  command
    .command('test')
    .description('try the logins of a connection; collects and sends nothing')
    .argument('<name>', 'connection')
    .action((name: string, _options, self) =>
      cli.run(self, async (context) => {
        const { output } = context;
        const { results } = await context.call('connections.test', { name }, testTimeoutMs);
        const paint = await output.paint();
        for (const result of results) {
          if (output.json) {
            await output.value(result);
            continue;
          }
          const { part, ok, text, tls, durationMs } = result;
          const mark = paint(ok ? 'good' : 'bad', ok ? 'ok    ' : 'FAILED');
          await output.raw(`${mark} `);
          await output.line(`${part}: ${text} (${tls ?? 'no TLS'}, ${durationCell(durationMs)})`);
        }
        if (results.length === 0) await output.note(`Connection ${name} has no sender and no collector.`);
        return results.every(({ ok }) => ok) ? exitCode.done : exitCode.notDone;
      }),
    );
}
