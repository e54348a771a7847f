/**
 * `maild`: reads its command line and its configuration, starts the service, and ends the process with a code that
 * says why. What the service is made of is in maild.ts.
 */
import { version } from '../shared/version.ts';
import { helpText, type Invocation, readCommandLine } from './command-line.ts';
import { thisMachine } from './config/build-config.ts';
import { Configuration } from './config/configuration.ts';
import { ConfigError, faultText } from './config/load-config.ts';
import { errorText } from './errors.ts';
import { exitCode, exitCodeOf } from './exit-code.ts';
import { handleSignals } from './lifecycle/signals.ts';
import { Maild } from './maild.ts';

// Whatever is made here is for its owner only; the control socket opens itself to its group.
process.umask(0o077);
// SQLite, files, scrypt and the system's resolver share libuv's pool, which reads this at its first use; 4 threads
// would let a few slow password checks hold up the queue.
process.env.UV_THREADPOOL_SIZE ??= '16';

main(readCommandLine(process.argv.slice(2))).then(end, (error: unknown) => {
  complain(error);
  end(exitCodeOf(error));
});

async function main(invocation: Invocation): Promise<number> {
  switch (invocation.kind) {
    case 'help':
      process.stdout.write(helpText);
      return exitCode.ok;
    case 'version':
      process.stdout.write(`maild ${version}\n`);
      return exitCode.ok;
    case 'usage':
      process.stderr.write(`maild: ${invocation.message}\nSee maild --help\n`);
      return exitCode.usage;
    case 'check':
      return check(new Configuration(invocation, thisMachine()));
    case 'run':
      return run(new Configuration(invocation, thisMachine()));
  }
}

function check(configuration: Configuration): number {
  const { file, secretsReadable } = configuration;
  if (secretsReadable)
    process.stderr.write(`${file}: warning: holds a password and is readable by everybody\n`);
  process.stdout.write(file === null ? 'no configuration: all defaults\n' : `${file}: no faults\n`);
  return exitCode.ok;
}

/** Answers when the service has ended by a signal. Throws when it could not start. */
async function run(configuration: Configuration): Promise<number> {
  const maild = new Maild(configuration, process.env);
  const ended = new Promise<number>((resolve) => {
    handleSignals({
      end: (signal) => {
        maild.stop(signal).then(
          () => resolve(exitCode.ok),
          (error: unknown) => {
            complain(error);
            resolve(exitCode.software);
          },
        );
      },
      endAtOnce: (signal) => {
        maild.noteEnd('ended at once', { signal });
        process.exit(exitCode.ok);
      },
      reload: () => maild.reloadBySignal(),
      crash: (error) => {
        maild.noteEnd('ended by a fault of its own', { error: errorText(error), stack: stackOf(error) });
        process.exit(exitCode.software);
      },
    });
  });
  await maild.start();
  return ended;
}

function complain(error: unknown): void {
  if (error instanceof ConfigError) {
    for (const fault of error.faults) process.stderr.write(`${faultText(fault)}\n`);
    return;
  }
  const text = exitCodeOf(error) === exitCode.software ? stackOf(error) : errorText(error);
  process.stderr.write(`maild: ${text}\n`);
}

const stackOf = (error: unknown): string => (error instanceof Error && error.stack) || errorText(error);

/** Not left to the end of all work: a part that forgot a timer must not keep an ended service alive. */
function end(code: number): void {
  process.exitCode = code;
  // A pipe takes what was written before the process goes; a reader that is gone is no reason to stay.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}
