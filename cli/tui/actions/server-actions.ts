/** Steering the server from the status: stop and start, pause and resume, read the configuration anew. */
import type { ServerPart, Status } from '../../../shared/api/server.ts';
import { span } from '../../spans.ts';
import { serverParts } from '../../words.ts';
import { commandText } from '../command-text.ts';
import type { DialogChoice } from '../overlay.ts';
import type { Services } from '../services.ts';
import { act } from './act.ts';

/** Deliveries in flight end first; a remote side may take its ten minutes (RFC 5321 4.5.3.2.6). */
const stopTimeoutMs = 11 * 60_000;

export function askPause(services: Services, { server }: Status): void {
  const choices = serverParts.map((part) =>
    server.paused[part] ? resumeChoice(services, part) : pauseChoice(services, part),
  );
  services.view.overlay.set({
    kind: 'dialog',
    title: 'Pause or resume?',
    lines: serverParts.map((part) => [
      span(part.padEnd(12)),
      server.paused[part] ? span('paused', 'waiting') : span('running', 'good'),
    ]),
    refusal: 'leave it as it is',
    choices,
  });
}

const partKeys: Readonly<Record<ServerPart, string>> = { receiving: 'r', delivering: 'd', collecting: 'c' };

function pauseChoice(services: Services, part: ServerPart): DialogChoice {
  const args = ['server', 'pause', part];
  return {
    key: partKeys[part],
    label: `pause ${part}`,
    command: commandText(...args),
    dangerous: true,
    run: () =>
      void act(services, args, async () => {
        await services.link.call('server.pause', { parts: [part] });
        return `Paused ${part}.`;
      }),
  };
}

function resumeChoice(services: Services, part: ServerPart): DialogChoice {
  const args = ['server', 'resume', part];
  return {
    key: partKeys[part],
    label: `resume ${part}`,
    command: commandText(...args),
    dangerous: false,
    run: () =>
      void act(services, args, async () => {
        await services.link.call('server.resume', { parts: [part] });
        return `Resumed ${part}.`;
      }),
  };
}

export function reload(services: Services): void {
  void act(services, ['server', 'reload'], async () => {
    const { applied, needsRestart } = await services.link.call('server.reload', {});
    if (applied.length + needsRestart.length === 0) return 'The configuration has not changed.';
    const waits = needsRestart.length === 0 ? '' : `; needs a restart: ${needsRestart.join(', ')}`;
    return `Applied ${applied.length === 0 ? 'nothing' : applied.join(', ')}${waits}.`;
  });
}

export function askStartOrStop(services: Services, { server }: Status): void {
  const stopping = server.state === 'running' || server.state === 'starting';
  const args = ['server', stopping ? 'stop' : 'start'];
  services.view.overlay.set({
    kind: 'dialog',
    title: stopping ? 'Stop the server?' : 'Start the server?',
    lines: [
      [
        span(
          stopping
            ? 'No mail in or out until it is started again; deliveries in flight end first.'
            : 'Listeners and deliveries begin again.',
        ),
      ],
      [span('The service goes on answering mailctl.', 'old')],
    ],
    refusal: 'leave it as it is',
    choices: [
      {
        key: 'y',
        label: stopping ? 'stop' : 'start',
        command: commandText(...args),
        dangerous: stopping,
        run: () =>
          void act(services, args, async () => {
            const method = stopping ? 'server.stop' : 'server.start';
            const { state } = await services.link.call(method, {}, stopTimeoutMs);
            return `The server is ${state}.`;
          }),
      },
    ],
  });
}
