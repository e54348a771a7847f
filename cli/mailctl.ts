/** The program `mailctl`: gives a run the process's streams and signals, and ends the process with its exit code. */
import { exitCode } from './exit-code.ts';
import { run } from './run.ts';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

// A reader that went away (`| head`) is no error, and there is nobody left to write for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCode.done : exitCode.notDone);
});

run(process.argv.slice(2), {
  // Made by Node when first asked for; most commands never read.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  get stderr() {
    return process.stderr;
  },
  env: process.env,
  now: Date.now,
  interrupt: interrupt.signal,
}).then(
  (code) => {
    process.exitCode = code;
    // What was interrupted may still hold a socket or a file open.
    if (code === exitCode.interrupted) process.exit(code);
  },
  (error: unknown) => {
    // Not foreseen: the stack is what a report of the fault needs.
    console.error(error);
    process.exit(exitCode.notDone);
  },
);
