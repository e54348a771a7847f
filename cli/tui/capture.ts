/**
 * What a command would show, kept instead of shown: as for a terminal so wide, with its colours. The full-screen program
 * shows with it what the command line shows, by the same code.
 */
import { PassThrough, Writable } from 'node:stream';
import type { Io } from '../io.ts';
import { Output } from '../output.ts';

export interface CaptureOptions {
  readonly columns: number;
  readonly rows: number;
  readonly now: () => number;
  readonly env: Io['env'];
  readonly interrupt: AbortSignal;
  readonly onText: (text: string) => void;
}

/** Standard input is no terminal: nobody can be asked. */
export function capturedIo({ columns, rows, now, env, interrupt, onText }: CaptureOptions): Io {
  const stream = (): Writable =>
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _encoding, done) {
        onText(chunk.toString());
        done();
      },
    });
  const stdin = new PassThrough();
  stdin.end();
  return {
    stdin,
    stdout: Object.assign(stream(), { isTTY: true, columns, rows }),
    stderr: stream(),
    env,
    now,
    interrupt,
  };
}

/** The text that `show` writes. */
export async function captured(
  columns: number,
  now: () => number,
  show: (output: Output) => Promise<void>,
): Promise<string> {
  let text = '';
  const onText = (more: string): void => {
    text += more;
  };
  const { signal } = new AbortController();
  const io = capturedIo({ columns, rows: 1_000, now, env: {}, interrupt: signal, onText });
  await show(new Output(io, { json: false, color: true }));
  return text;
}
