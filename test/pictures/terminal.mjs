/** A program on a terminal that nobody sees: keys go in, and what stands on the screen can be read. */
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

const { Terminal } = xterm;

export function openTerminal(command, args, { columns, rows, env = {} }) {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const child = spawn(command, args, {
    name: 'xterm-256color',
    cols: columns,
    rows,
    env: { ...process.env, ...env },
  });
  child.onData((data) => terminal.write(data));
  // What the terminal answers to questions of the program.
  terminal.onData((data) => child.write(data));
  const ended = new Promise((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    terminal,
    ended,
    pid: child.pid,
    press: (keys) => child.write(keys),
    text: () => screenText(terminal),
    kill: () => child.kill('SIGTERM'),
  };
}

export function screenText(terminal) {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, row) =>
    active.getLine(active.viewportY + row)?.translateToString(true),
  ).join('\n');
}
