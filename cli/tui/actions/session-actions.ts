/** Ending sessions, and keeping those who had them away for a time. */
import type { Session } from '../../../shared/api/sessions.ts';
import { sessionName } from '../../columns/sessions.ts';
import { type SpanLine, span } from '../../spans.ts';
import { commandText, idsText } from '../command-text.ts';
import type { DialogChoice } from '../overlay.ts';
import type { Services } from '../services.ts';
import { act } from './act.ts';

const blockTimes = [
  { key: 'h', label: 'for an hour', text: '1h', seconds: 3_600 },
  { key: 'd', label: 'for a day', text: '1d', seconds: 86_400 },
  { key: 'w', label: 'for a week', text: '7d', seconds: 604_800 },
] as const;

export function askEnd(services: Services, sessions: readonly Session[], blocking: boolean): void {
  const ids = sessions.map(({ id }) => id);
  const count = ids.length === 1 ? '1 session' : `${ids.length} sessions`;
  services.view.overlay.set({
    kind: 'dialog',
    title: blocking ? `End ${count} and block?` : `End ${count}?`,
    lines: [...whoLines(sessions), [span(blocking ? blockText(sessions) : 'They may come back at once.')]],
    refusal: 'let them go on',
    choices: blocking
      ? blockTimes.map(({ key, label, text, seconds }) =>
          choice(services, ids, key, `end and block ${label}`, ['--block', text], seconds),
        )
      : [choice(services, ids, 'y', ids.length === 1 ? 'end it' : 'end them', [])],
  });
}

function choice(
  services: Services,
  ids: readonly number[],
  key: string,
  label: string,
  more: readonly string[],
  blockSeconds?: number,
): DialogChoice {
  const args = ['sessions', 'kill', ...idsText(ids).split(' '), ...more];
  return {
    key,
    label,
    command: commandText(...args),
    dangerous: true,
    run: () =>
      void act(services, args, async () => {
        const { results, blocks } = await services.link.call('sessions.kill', {
          filter: { ids: [...ids] },
          ...(blockSeconds !== undefined && { blockSeconds }),
        });
        services.view.sessions.selection.set({ kind: 'ids', ids: new Set() });
        const gone = results.filter(({ outcome }) => outcome === 'not_found').length;
        const ended = results.length - gone;
        const parts = [`Ended ${ended === 1 ? '1 session' : `${ended} sessions`}`];
        if (gone > 0) parts.push(`${gone} had ended already`);
        if (blocks.length > 0) parts.push(`blocked ${blocks.map(({ value }) => value).join(', ')}`);
        return `${parts.join(', ')}.`;
      }),
  };
}

/** More would not fit a dialog. */
const maxNamed = 5;

function whoLines(sessions: readonly Session[]): readonly SpanLine[] {
  const named = sessions
    .slice(0, maxNamed)
    .map(
      (session): SpanLine => [
        span(sessionName(session), 'accent'),
        span(`  ${session.user ?? ''}${session.user === null ? '' : '  '}${session.remoteAddress}`),
      ],
    );
  const others = sessions.length - named.length;
  return others > 0 ? [...named, [span(`and ${others} more`, 'old')]] : named;
}

/** As the daemon does it: a user who has logged in is blocked by name, others by address. */
function blockText(sessions: readonly Session[]): string {
  const who = new Set(sessions.map(({ user, remoteAddress }) => user ?? remoteAddress));
  return `Refused meanwhile: ${[...who].slice(0, maxNamed).join(', ')}${who.size > maxNamed ? ', ...' : ''}`;
}
