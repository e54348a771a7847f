/** What is said after a connection was changed. */
import type { Connection } from '../shared/api/connections.ts';
import { timeCell } from './columns/time.ts';
import type { Context } from './context.ts';

export async function tellChange({ output }: Context, connection: Connection, what: string): Promise<void> {
  if (output.json) return output.value(connection);
  const { name, nextPollAt, nextPollReason } = connection;
  const next =
    nextPollAt === null ? nextPollReason : `${timeCell(nextPollAt, output.view)}, ${nextPollReason}`;
  await output.line(`Connection ${name} ${what}; next poll: ${next}.`);
}
