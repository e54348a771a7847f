/**
 * `status --watch`: the status redrawn in place on the terminal's second screen, once a second for the clocks and at
 * once for changes. A frame is one write that overwrites the one before, so nothing flickers. In a pipe and as JSON
 * every change follows the one before.
 */
import type { Status } from '../shared/api/server.ts';
import type { Context } from './context.ts';
import { follow } from './follow.ts';
import { statusScreen } from './status-screen.ts';

const enter = '\x1b[?1049h\x1b[?25l';
const leave = '\x1b[?25h\x1b[?1049l';
const home = '\x1b[H';
const eraseToLineEnd = '\x1b[K';
const eraseBelow = '\x1b[J';
/** Ages and clocks are shown to the second. */
const tickMs = 1_000;

export async function watchStatus(context: Context): Promise<void> {
  const { output } = context;
  const show = output.terminal
    ? await onSecondScreen(context)
    : (status: Status) => inSequence(context, status);
  await follow(
    context,
    { topics: ['status'] },
    {
      async snapshot({ status }) {
        if (status) await show(status);
      },
      async events(events) {
        const last = events.findLast(({ topic }) => topic === 'status');
        if (last?.topic === 'status') await show(last.data);
        return 'go on';
      },
    },
  );
}

async function inSequence({ output }: Context, status: Status): Promise<void> {
  if (output.json) return output.value(status);
  const lines = await statusScreen(status, await output.screen());
  await output.raw(`${lines.join('\n')}\n\n`);
}

async function onSecondScreen(context: Context): Promise<(status: Status) => Promise<void>> {
  const { output } = context;
  let current: Status | null = null;
  const draw = async (): Promise<void> => {
    if (current === null) return;
    const screen = await output.screen();
    const lines = await statusScreen(current, screen);
    const frame = lines.slice(0, screen.height).map((line) => `${line}${eraseToLineEnd}`);
    await output.raw(`${home}${frame.join('\n')}${eraseBelow}`);
  };
  const clock = setInterval(() => void draw(), tickMs);
  const onResize = () => void draw();
  context.io.stdout.on('resize', onResize);
  context.atEnd(() => {
    clearInterval(clock);
    context.io.stdout.off('resize', onResize).write(leave);
  });
  await output.raw(enter);
  return (status) => {
    current = status;
    return draw();
  };
}
