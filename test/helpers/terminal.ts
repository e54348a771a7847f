/** mailctl in a real terminal (a pseudo terminal): tables, colours, questions. */
import { spawn } from '@lydell/node-pty';
import { mailctlProgram } from './mailctl.ts';

export interface Screen {
  readonly code: number;
  /** All bytes that reached the terminal, as text. */
  readonly text: string;
}

/** Runs to its end. `answer` is typed when something is asked (a line that ends in `? `); `onText` gets all that has come so far. */
export function inTerminal(
  socket: string,
  args: readonly string[],
  options: {
    readonly columns?: number;
    readonly color?: boolean;
    readonly answer?: string;
    readonly onText?: (text: string) => void;
  } = {},
): Promise<Screen> {
  const { columns = 200, color = false, answer } = options;
  const terminal = spawn(process.execPath, [mailctlProgram, ...args], {
    cols: columns,
    rows: 50,
    env: {
      ...process.env,
      MAILD_SOCKET: socket,
      TERM: 'xterm-256color',
      ...(color ? {} : { NO_COLOR: '1' }),
    },
  });
  let text = '';
  let asked = false;
  terminal.onData((data) => {
    text += data;
    options.onText?.(text);
    if (answer === undefined || asked || !/\? .*$/.test(text)) return;
    asked = true;
    terminal.write(answer);
  });
  return new Promise((resolve) => {
    terminal.onExit(({ exitCode }) => resolve({ code: exitCode, text }));
  });
}
