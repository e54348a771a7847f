/** `mailctl api`: any method of the control API, for scripts and for what has no command of its own. */
import type { MethodName, Params } from '../../shared/api/index.ts';
import { visibleJson } from '../../shared/terminal-text.ts';
import type { Noun } from '../cli.ts';
import { usageFailure } from '../failure.ts';
import type { InputStream } from '../io.ts';

/** Longest line that the daemon takes. */
const maxParamsBytes = 8 * 1024 * 1024;

export const api: Noun = {
  name: 'api',
  summary: 'call a method of the control API, or show what there is',
  define(command, cli) {
    command
      .argument('[method]', 'such as queue.show')
      .argument('[params]', 'an object as JSON; - reads it from standard input')
      .option('--discover', 'the whole API as an OpenRPC document')
      .action(
        (method: string | undefined, params: string | undefined, options: { discover?: boolean }, self) =>
          cli.run(self, async (context) => {
            const name = options.discover ? 'rpc.discover' : method;
            if (name === undefined)
              throw usageFailure('no method is named', 'What there is: mailctl api --discover');
            const text = params === '-' ? await readAll(context.io.stdin) : (params ?? '{}');
            // Neither is known to be right: the daemon checks both.
            const answer: unknown = await context.call(
              name as MethodName,
              objectOf(text) as Params<MethodName>,
            );
            const { output } = context;
            if (!output.terminal) return output.value(answer);
            await output.raw(`${visibleJson(JSON.stringify(answer, null, 2))}\n`);
          }),
      );
  },
};

function objectOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw usageFailure(`the parameters are not JSON: ${error instanceof Error ? error.message : error}`);
  }
  throw usageFailure('the parameters are not an object', 'Write them as {"id": 42}.');
}

async function readAll(stdin: InputStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const data = Buffer.from(chunk);
    bytes += data.length;
    if (bytes > maxParamsBytes) throw usageFailure(`more than ${maxParamsBytes} bytes of parameters`);
    chunks.push(data);
  }
  return Buffer.concat(chunks).toString('utf8');
}
