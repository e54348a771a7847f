/**
 * `npm run pictures`: pictures of the full-screen program as it really is, made on the demo, for the README.
 *
 *     node test/pictures/pictures.mjs [--size 100x30] [--out test/pictures] [--warm-up 60] [scene...]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDemo } from '../demo/demo-server.mjs';
import { openTerminal } from './terminal.mjs';
import { terminalSvg } from './terminal-svg.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '110x32' },
    out: { type: 'string', default: join(root, 'test', 'pictures') },
    /** Seconds of traffic before the first picture. */
    'warm-up': { type: 'string', default: '75' },
    /** Of a daemon that runs already, in place of the demo's. */
    socket: { type: 'string' },
  },
});
const [columns, rows] = values.size.split('x').map(Number);

const down = '\x1b[B';
const esc = '\x1b';
/** Keys with pauses between them, in seconds; then the picture is taken. */
const scenes = {
  status: ['1', 2],
  sessions: ['2', 1, down, 0.3, '\r', 4],
  queue: ['3', 1, down, down, ' ', ' ', 1],
  'queue-dialog': ['3', 0.5, 'd', 1],
  message: [esc, 1, '\r', 1.5],
  explain: ['e', 1],
  trace: ['T', 2.5],
  log: [esc, 0.5, esc, 0.5, esc, 0.5, '5', 2, 'k', 'k', 'k', 'k', 2],
  warnings: ['6', 1],
  connections: ['4', 1, 'c', 2.5],
  keys: ['3', 0.5, '?', 0.5],
  command: [esc, 0.5, ':queue summary --by reason\r', 2],
};

const demo = values.socket
  ? { socket: values.socket, stop: async () => undefined }
  : await startDemo({ pace: 1.5 });
mkdirSync(values.out, { recursive: true });
const screen = openTerminal(
  process.execPath,
  [join(root, 'bin', 'mailctl'), '--socket', demo.socket, 'tui'],
  { columns, rows, env: { MAILD_HOST: '', COLORTERM: '' } },
);
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
try {
  // The history of the status begins when the program does.
  await pause(values.socket ? 1.5 : Number(values['warm-up']));
  for (const [name, steps] of Object.entries(scenes)) {
    for (const step of steps) {
      if (typeof step === 'number') await pause(step);
      else {
        screen.press(step);
        await pause(0.15);
      }
    }
    if (positionals.length === 0 || positionals.includes(name)) {
      writeFileSync(join(values.out, `${name}.svg`), terminalSvg(screen.terminal, `mailctl: ${name}`));
      console.error(`pictures: ${name}`);
    }
  }
  screen.press('q');
  screen.press('q');
} finally {
  await Promise.race([screen.ended, pause(1)]);
  screen.kill();
  await demo.stop();
}
