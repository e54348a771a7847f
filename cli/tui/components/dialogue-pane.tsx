/** What is said in one session, as it is said: the newest at the end, followed while the end is in sight. */

import { Box } from 'ink';
import type { Exchange, Session } from '../../../shared/api/sessions.ts';
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { remoteEnd, sessionName } from '../../columns/sessions.ts';
import { localClock } from '../../columns/time.ts';
import { type SpanLine, span } from '../../spans.ts';
import type { Tone } from '../../style.ts';
import { useLook, useView } from '../hooks/use-look.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import { clamp } from '../list/cursor.ts';
import { type Services, useServices } from '../services.ts';
import { asOf } from '../store/sessions-store.ts';
import { line } from '../text/line.ts';
import { heading } from './heading.ts';
import { Lines } from './lines.tsx';

interface DialoguePaneProps {
  readonly id: number;
  readonly width: number;
  /** With its heading. */
  readonly height: number;
}

export function DialoguePane({ id, width, height }: DialoguePaneProps) {
  const services = useServices();
  const dialogue = useStore(services.dialogue);
  const { theme } = useLook();
  const view = useView();
  const scroll = useKept(services.view.sessions.dialogueScroll);
  const live = services.sessions.get(id);
  const session = live ? asOf(live, view.now) : dialogue.session;
  const rows = height - 2;
  const { exchanges, dropped, ended } = dialogue;
  const last = Math.max(0, exchanges.length - rows);
  const top = scroll === null ? last : clamp(scroll - dropped, 0, last);
  const below = last - top;
  return (
    <Box flexDirection="column">
      <Lines
        lines={[heading(title(session, id), theme.signs.rule, width, ...facts(session))]}
        width={width}
        height={1}
      />
      <Lines
        lines={exchanges.slice(top, top + rows).map((exchange) => line(...exchangeSpans(exchange)))}
        width={width}
        height={rows}
      />
      <Lines lines={[line(...footSpans(session, ended, below))]} width={width} height={1} />
    </Box>
  );
}

const title = (session: Session | null, id: number): string =>
  session ? sessionName(session) : `Session ${id}`;

function facts(session: Session | null): SpanLine {
  if (!session) return [];
  const { user, tls, bytesIn, bytesOut, messages } = session;
  const parts = [
    remoteEnd(session),
    user,
    tls ?? 'no TLS',
    `in ${formatBytes(bytesIn)}`,
    `out ${formatBytes(bytesOut)}`,
    `${formatCount(messages)} ${messages === 1 ? 'message' : 'messages'}`,
  ].filter((part) => part !== null);
  return [span(`${parts.join('  ')} `, 'old')];
}

/** Seen from maild: what it received and what it sent. */
const marks: Readonly<Record<Exchange['direction'], { sign: string; tone: Tone | null }>> = {
  in: { sign: '<', tone: 'accent' },
  out: { sign: '>', tone: null },
  note: { sign: '*', tone: 'old' },
};

function exchangeSpans({ at, direction, text }: Exchange): SpanLine {
  const { sign, tone } = marks[direction];
  return [span(` ${localClock(new Date(at))} `, 'old'), span(`${sign} ${text}`, tone)];
}

function footSpans(session: Session | null, ended: boolean, below: number): SpanLine {
  const more = below > 0 ? [span(`  ${formatCount(below)} lines below, J goes down`, 'waiting')] : [];
  if (ended) return [span('          the session has ended', 'waiting'), ...more];
  if (!session) return [span('          asking maild ...', 'old')];
  return [
    span(`          ${session.detail}`, 'old'),
    span(`  ${Math.floor(session.idleSeconds)}s`, 'old'),
    ...more,
  ];
}

/** Lower case moves the cursor of the list, upper case what is read below it. */
export function dialogueKeys({ view, dialogue }: Services, rows: number): readonly Binding[] {
  const { open, dialogueScroll } = view.sessions;
  if (open.value === null) return [];
  const by = (step: number) => () => {
    const last = Math.max(0, dialogue.exchanges.length - rows + 1) + dialogue.dropped;
    const next = (dialogueScroll.value ?? last) + step;
    dialogueScroll.set(next >= last ? null : Math.max(dialogue.dropped, next));
  };
  return [
    { keys: ['K', 'shift-up'], does: 'dialogue up', run: by(-1) },
    { keys: ['J', 'shift-down'], does: 'dialogue down', run: by(1) },
    { keys: ['[', 'ctrl-u'], does: 'dialogue a page up', run: by(-rows) },
    { keys: [']'], does: 'dialogue a page down', run: by(rows) },
  ];
}
