/**
 * The full-screen program, from a client that is connected to the moment a person quits. It is a bundle of its own
 * (build.mjs): no other command loads Ink and React.
 */
import { render } from 'ink';
import { measureFor } from '../../shared/terminal-text.ts';
import type { Io } from '../io.ts';
import { App } from './app.tsx';
import { type Commands, Services } from './services.ts';
import type { DaemonClient } from './store/daemon-link.ts';
import { Keyboard } from './terminal/keyboard.ts';
import { rescueOnCrash } from './terminal/rescue.ts';
import { Screen } from './terminal/screen.ts';
import { themeFor } from './theme.ts';

export interface TuiOptions {
  readonly io: Io;
  readonly first: DaemonClient;
  readonly connect: () => Promise<DaemonClient>;
  readonly commands: Commands;
  readonly readOnly: boolean;
  readonly ascii: boolean;
  readonly colored: boolean;
}

export interface RunningTui {
  /** Settles when the person quits. Rejects when drawing failed. */
  readonly ended: Promise<void>;
  /** Puts the terminal back; may be called at any time, also twice. */
  readonly close: () => void;
}

/** Any text that is not ASCII, so that widths are right from the first line on. */
const notAscii = 'ä';

export async function startTui(options: TuiOptions): Promise<RunningTui> {
  const { io, first, connect, commands, readOnly, ascii, colored } = options;
  const measure = await measureFor([notAscii]);
  const screen = new Screen(io.stdout, measure);
  let quit = (): void => {};
  let fail = (_error: unknown): void => {};
  const ended = new Promise<void>((resolve, reject) => {
    quit = resolve;
    fail = reject;
  });
  const services = new Services({
    link: { first, connect, now: io.now },
    theme: themeFor({ colored, ascii }),
    measure,
    ascii,
    readOnly,
    commands,
    terminal: {
      quit: () => quit(),
      suspend: () => suspend(screen, keyboard),
      repaint: () => screen.repaint(),
    },
  });
  const keyboard = new Keyboard(io.stdin, (key) => {
    services.notices.acknowledge();
    services.keys.press(key);
  });
  const unrescue = rescueOnCrash(() => screen.leave());
  screen.enter();
  keyboard.start();
  const ink = render(<App services={services} terminal={screen} />, {
    stdout: screen as unknown as NodeJS.WriteStream,
    stderr: screen as unknown as NodeJS.WriteStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  ink.waitUntilExit().catch(fail);
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    services.end();
    keyboard.stop();
    screen.end();
    ink.unmount();
    unrescue();
  };
  return { ended, close };
}

/** A shell that stopped us has its terminal as it was; whoever cannot be stopped goes on where he was. */
const resumeMs = 50;

function suspend(screen: Screen, keyboard: Keyboard): void {
  keyboard.stop();
  screen.leave();
  const resume = (): void => {
    process.off('SIGCONT', resume);
    clearTimeout(timer);
    screen.enter();
    screen.repaint();
    keyboard.start();
  };
  process.once('SIGCONT', resume);
  // Without a shell that knows jobs the signal is ignored and nobody would continue us.
  const timer = setTimeout(resume, resumeMs);
  // The whole group, as the terminal does it: who started us waits with us.
  process.kill(0, 'SIGTSTP');
}
