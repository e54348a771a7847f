/** The verbs of the queue on what is selected: first counted, then asked about, then done. */
import type { QueueFilter, VerbResult } from '../../../shared/api/queue.ts';
import { formatCount } from '../../../shared/units.ts';
import { messagesText, type QueueVerb, queueVerbs } from '../../commands/queue-verbs.ts';
import { type SpanLine, span } from '../../spans.ts';
import { commandText, idsText } from '../command-text.ts';
import type { Services } from '../services.ts';
import { queueFilterArguments } from '../text/filters.ts';
import { act } from './act.ts';

/** What a verb is meant for: messages by their ids, or all that a filter matches. */
export type Target =
  | { readonly kind: 'ids'; readonly ids: readonly number[] }
  | { readonly kind: 'matching'; readonly filter: QueueFilter; readonly text: string };

export type VerbName = 'send-now' | 'hold' | 'release' | 'remove' | 'bounce';

const consequences: Readonly<Record<VerbName, string>> = {
  'send-now': 'They become due at once; limits for each domain still hold.',
  hold: 'They stay in the queue until they are released.',
  release: 'They go out again at their next attempt.',
  remove: 'Nobody is told. It can be undone for a time.',
  bounce: 'The senders get a report of failure. It cannot be undone.',
};

/** What goes back to the network of senders and recipients, or is lost. */
const dangerous: ReadonlySet<string> = new Set(['remove', 'bounce']);

export async function askVerb(services: Services, name: VerbName, target: Target): Promise<void> {
  const verb = queueVerbs.find((one) => one.name === name);
  if (!verb) return;
  const { link, notices, view } = services;
  const params = paramsOf(target);
  try {
    const dry = await link.call(verb.method, { ...params, dryRun: true });
    if (dry.changed === 0) return notices.refusal(nothingText(verb, dry));
    const args = argumentsOf(verb, target);
    view.overlay.set({
      kind: 'dialog',
      title: `${verb.imperative} ${messagesText(dry.changed)}?`,
      lines: dialogLines(name, target, dry),
      refusal: 'keep them as they are',
      choices: [
        {
          key: 'y',
          label: verb.imperative.toLowerCase(),
          command: commandText(...args),
          dangerous: dangerous.has(name),
          run: () =>
            void act(services, args, async () => resultText(verb, await link.call(verb.method, params))),
        },
      ],
    });
  } catch (error) {
    notices.error(error);
  }
}

function paramsOf(target: Target): { filter: QueueFilter; all?: true } {
  if (target.kind === 'ids') return { filter: { ids: [...target.ids] } };
  return Object.keys(target.filter).length === 0 ? { filter: {}, all: true } : { filter: target.filter };
}

function argumentsOf({ name }: QueueVerb, target: Target): readonly string[] {
  if (target.kind === 'ids') return ['queue', name, ...idsText(target.ids).split(' ')];
  const filter = queueFilterArguments(target.text);
  return ['queue', name, ...(filter.length === 0 ? ['--all'] : filter)];
}

function dialogLines(name: VerbName, target: Target, { changed, bytes, refusedCount, refused }: VerbResult) {
  const which =
    target.kind === 'ids' ? idsText(target.ids) : target.text === '' ? 'the whole queue' : target.text;
  const lines: SpanLine[] = [
    [span(which, 'accent'), span(`: ${messagesText(changed, bytes)}.`)],
    [span(consequences[name])],
  ];
  if (refusedCount > 0)
    lines.push([
      span(
        `${formatCount(refusedCount)} left alone: ${refused[0]?.reason ?? 'not possible now'}.`,
        'waiting',
      ),
    ]);
  return lines;
}

function resultText({ past }: QueueVerb, { changed, bytes, refusedCount, operation }: VerbResult): string {
  const left = refusedCount > 0 ? `, ${formatCount(refusedCount)} left alone` : '';
  const undo = operation === null ? '' : ' (U brings them back)';
  return `${past} ${messagesText(changed, bytes)}${left}${undo}.`;
}

function nothingText({ imperative }: QueueVerb, { notFound, refused }: VerbResult): string {
  const why = refused[0]?.reason ?? (notFound.length > 0 ? 'no longer in the queue' : 'nothing to change');
  return `${imperative}: ${why}.`;
}

/** Brings back what was last removed. */
export async function askUndo(services: Services): Promise<void> {
  const { link, notices, view } = services;
  try {
    const { operations } = await link.call('queue.operations', {});
    const last = operations.find(({ undoneAt }) => undoneAt === null);
    if (!last) return notices.refusal('There is nothing to undo.');
    const args = ['queue', 'undo', String(last.id)];
    view.overlay.set({
      kind: 'dialog',
      title: `Bring back ${messagesText(last.messages)}?`,
      lines: [[span(`Operation ${last.id}: ${last.verb}, by ${last.client}.`)]],
      refusal: 'leave it',
      choices: [
        {
          key: 'y',
          label: 'bring back',
          command: commandText(...args),
          dangerous: false,
          run: () =>
            void act(services, args, async () => {
              const { restored } = await link.call('queue.undo', { operation: last.id });
              return `Brought back ${messagesText(restored)}.`;
            }),
        },
      ],
    });
  } catch (error) {
    notices.error(error);
  }
}
