/** Start-up of mailctl against that of Node itself: by turns, the ratio pair by pair. */
import { Maild, mailctlProgram } from './maild.mjs';
import { median, row, timed, verdict } from './tools.mjs';

const pairs = 25;
const cases = [
  { args: ['--version'], wanted: 1.3 },
  { args: ['status', '--json'], wanted: 1.4 },
  { args: ['status'], wanted: 1.6 },
  { args: ['queue', 'list'], wanted: 1.6 },
];

export async function cli() {
  const maild = new Maild();
  await maild.start();
  for (const { args, wanted } of cases) {
    const ratios = [];
    const seconds = [];
    for (let i = 0; i < pairs; i++) {
      const node = (await timed(process.execPath, ['-e', '0'])).seconds;
      const ours = (await timed(process.execPath, [mailctlProgram, '--socket', maild.socket, ...args]))
        .seconds;
      ratios.push(ours / node);
      seconds.push(ours);
    }
    row(
      `mailctl ${args.join(' ')}`,
      `${(median(seconds) * 1000).toFixed(0)} ms`,
      `  ${verdict(median(ratios), wanted, 'less')}`,
    );
  }
  await maild.dispose();
}
