/** Warnings taken note of, tasks of the housekeeper run now. */
import type { Task } from '../../../shared/api/housekeeper.ts';
import type { Warning } from '../../../shared/api/server.ts';
import { span } from '../../spans.ts';
import { commandText } from '../command-text.ts';
import type { Services } from '../services.ts';
import { act } from './act.ts';

const times = [
  { key: 'd', label: 'for a day', text: '1d', seconds: 86_400 },
  { key: 'w', label: 'for a week', text: '7d', seconds: 604_800 },
  { key: 'm', label: 'for a month', text: '30d', seconds: 2_592_000 },
] as const;

/** The daemon answers after 45 seconds while a task goes on. */
const runTimeoutMs = 60_000;

export function askAcknowledge(services: Services, { code, subject, evidence }: Warning): void {
  services.view.overlay.set({
    kind: 'dialog',
    title: 'Take note of it?',
    lines: [
      [span(subject, 'title')],
      [span(evidence)],
      [span('It leaves the warnings for that time, and comes back if it is still so.', 'old')],
    ],
    refusal: 'keep it in the warnings',
    choices: times.map(({ key, label, text, seconds }) => {
      const args = ['doctor', 'acknowledge', code, subject, '--for', text];
      return {
        key,
        label: `not again ${label}`,
        command: commandText(...args),
        dangerous: false,
        run: () =>
          void act(services, args, async () => {
            await services.link.call('doctor.acknowledge', { code, subject, forSeconds: seconds });
            return `Noted ${label}: ${subject}.`;
          }),
      };
    }),
  });
}

export function runTask(services: Services, { name }: Task): void {
  void act(services, ['housekeeper', 'run', name], async () => {
    const { run } = await services.link.call('housekeeper.run', { task: name }, runTimeoutMs);
    await services.tasks.refresh();
    if (run.result === null) return `${name} is still running.`;
    return `${name}: ${run.result}${run.detail === '' ? '' : `, ${run.detail}`}.`.replace(/\.\.$/, '.');
  });
}
