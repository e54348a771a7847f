/** Programs of other people, run to their end. */
import { spawn } from 'node:child_process';

export interface ProgramResult {
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** `program` as `tools.ts` found it. */
export function runProgram(
  program: string | null,
  args: readonly string[],
  options: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program ?? '', args, { env: { ...process.env, ...options.env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** As {@link runProgram}, saying one thing after each reply of an SMTP server that the program shows. */
export function dialogue(
  program: string | null,
  args: readonly string[],
  said: readonly string[],
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program ?? '', args);
    const left = [...said];
    let output = '';
    let replies = 0;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        for (const seen = output.match(/^\d{3} .*\r?\n/gm)?.length ?? 0; replies < seen; replies += 1) {
          const next = left.shift();
          if (next !== undefined) child.stdin.write(next);
        }
      });
    }
    child.stdin.on('error', () => {});
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
