/** The keys that hold on every screen. */
import { askCommand } from './actions/command-prompt.ts';
import { type Binding, layers } from './keys.ts';
import type { Services } from './services.ts';
import { screenNames } from './store/view-state.ts';

export function programKeys(services: Services): readonly Binding[] {
  const { view, options, keys } = services;
  const { terminal } = options;
  const turn = (step: number) => () =>
    view.screen.update(
      (name) =>
        screenNames[(screenNames.indexOf(name) + step + screenNames.length) % screenNames.length] ?? name,
    );
  return [
    {
      keys: screenNames.map((_, index) => String(index + 1)),
      does: 'the screens, in their order',
      run: ({ name }) => view.screen.set(screenNames[Number(name) - 1] ?? 'status'),
    },
    { keys: ['tab', ']'], does: 'the next screen', run: turn(1) },
    { keys: ['shift-tab', '['], does: 'the screen before', run: turn(-1) },
    { keys: [':'], does: 'run any command of mailctl', run: () => askCommand(services) },
    {
      keys: ['?'],
      does: 'these keys',
      run: () => view.overlay.set({ kind: 'help', tables: keys.tables(layers.overlay) }),
    },
    { keys: ['ctrl-l'], does: 'paint the screen anew', run: terminal.repaint },
    { keys: ['ctrl-z'], does: 'back to the shell for a while; fg returns', run: terminal.suspend },
    { keys: ['q', 'ctrl-c'], does: 'quit', run: terminal.quit },
  ];
}
