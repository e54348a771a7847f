/** Steering connections: connect now, enable and disable, try the logins. */
import type { Connection } from '../../../shared/api/connections.ts';
import { span } from '../../spans.ts';
import { commandText } from '../command-text.ts';
import type { Services } from '../services.ts';
import { act } from './act.ts';

/** Its steps are seen on the screen as they come. */
export function connectNow(services: Services, { name }: Connection): void {
  void act(services, ['connect-now', name], async () => {
    const { runs } = await services.link.call('connections.connectNow', { name });
    return runs.some(({ joined }) => joined) ? `${name} is connected already.` : `Connecting ${name}.`;
  });
}

export function connectAll(services: Services): void {
  void act(services, ['connect-now'], async () => {
    const { runs } = await services.link.call('connections.connectNow', {});
    return `Connecting ${runs.map(({ run }) => run.connection).join(', ') || 'nothing'}.`;
  });
}

export function askEnable(services: Services, { name, enabled }: Connection): void {
  const args = ['connections', enabled ? 'disable' : 'enable', name];
  services.view.overlay.set({
    kind: 'dialog',
    title: `${enabled ? 'Disable' : 'Enable'} ${name}?`,
    lines: [
      [
        span(
          enabled
            ? 'It collects and sends no more until it is enabled; a run that goes on ends first.'
            : 'It collects and sends again by its schedule.',
        ),
      ],
    ],
    refusal: 'leave it as it is',
    choices: [
      {
        key: 'y',
        label: enabled ? 'disable' : 'enable',
        command: commandText(...args),
        dangerous: enabled,
        run: () =>
          void act(services, args, async () => {
            await services.link.call('connections.edit', { name, enabled: !enabled });
            return `${enabled ? 'Disabled' : 'Enabled'} ${name}.`;
          }),
      },
    ],
  });
}

/** Shown in a pane: each part has its own outcome. */
export const testLogins = ({ view }: Services, { name }: Connection): void =>
  view.overlay.set({ kind: 'output', args: ['connections', 'test', name] });
