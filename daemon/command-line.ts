/** What stands behind `maild` on its command line. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { errorText } from './errors.ts';

export type Invocation =
  | { readonly kind: 'run' | 'check'; readonly configFile?: string; readonly stateDir?: string }
  | { readonly kind: 'help' | 'version' }
  | { readonly kind: 'usage'; readonly message: string };

export const helpText = `Usage: maild [--config FILE] [--state DIR] [--check]

The mail server. It runs in the foreground and is steered by mailctl.

  --config FILE   configuration to use (also: MAILD_CONFIG)
  --state DIR     directory for the database, messages and logs
  --check         check the configuration and end: 0, or 78 when it has faults
  --version       print the version
  -h, --help      print this

See maild(8), and maild.toml(5) for the configuration.
`;

export function readCommandLine(args: readonly string[]): Invocation {
  try {
    const { values } = parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        config: { type: 'string' },
        state: { type: 'string' },
        check: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) return { kind: 'help' };
    if (values.version) return { kind: 'version' };
    if (values.config === '') throw new Error("Option '--config <value>' argument missing");
    if (values.state === '') throw new Error("Option '--state <value>' argument missing");
    return {
      kind: values.check ? 'check' : 'run',
      // Relative to where maild was started, not to where it may go.
      ...(values.config !== undefined && { configFile: resolve(values.config) }),
      ...(values.state !== undefined && { stateDir: resolve(values.state) }),
    };
  } catch (error) {
    return { kind: 'usage', message: errorText(error) };
  }
}
