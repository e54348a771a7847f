/** `mailctl minger`: asks another server whether it takes mail for an address. */
import { InvalidArgumentError } from 'commander';
import type { Noun } from '../cli.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { askSecret, readPassword } from '../prompt.ts';

interface QueryOptions {
  readonly server: Server;
  readonly udp?: boolean;
  readonly secret?: boolean;
  readonly passwordStdin?: boolean;
}

interface Server {
  readonly server: string;
  readonly port?: number;
}

const sentences = {
  malformed: 'it did not understand the query',
  denied: 'we may not ask there',
  credentials: 'the secret is wrong, or one is needed',
  unknown: 'not known there',
  inactive: 'known there, and takes no mail now',
  active: 'takes mail there',
} as const;

export const minger: Noun = {
  name: 'minger',
  summary: 'ask another server whether an address is there',
  define(command, cli) {
    command
      .command('query')
      .description('does this server take mail for this address?')
      .argument('<address>', 'mail address')
      .requiredOption('--server <host[:port]>', 'whom to ask; port 4069 when not given', server)
      .option('--udp', 'by UDP instead of TCP')
      .option('--secret', 'ask for the shared secret')
      .option('--password-stdin', 'the shared secret is the first line of standard input')
      .action((address: string, options: QueryOptions, self) =>
        cli.run(self, async (context): Promise<ExitCode> => {
          const { io, output } = context;
          const secret = options.passwordStdin
            ? await readPassword(io)
            : options.secret
              ? await askSecret(io, `Secret shared with ${options.server.server}: `)
              : undefined;
          const result = await context.call('minger.query', {
            address,
            ...options.server,
            transport: options.udp ? 'udp' : 'tcp',
            ...(secret !== undefined && { secret }),
          });
          if (output.json) await output.value(result);
          else
            await output.line(
              `${result.mailbox}: ${sentences[result.meaning]} (${result.status} ${result.meaning}, ${result.durationMs} ms)`,
            );
          return result.meaning === 'active' ? exitCode.done : exitCode.notDone;
        }),
      );
  },
};

/** `host`, `host:port`, `[v6]`, `[v6]:port`, `v6`. */
function server(text: string): Server {
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]\s]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? /^(?:(.*:.*:[^\s]*))$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || (digits !== undefined && (port < 1 || port > 65_535)))
    throw new InvalidArgumentError(`"${text}" is not a host or host:port`);
  return digits === undefined ? { server: host } : { server: host, port };
}
