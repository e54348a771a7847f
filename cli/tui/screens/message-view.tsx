/** One message of the queue, in tabs: envelope with every attempt, header, text, source, and why it waits. */
import { useEffect, useMemo } from 'react';
import { visible } from '../../../shared/terminal-text.ts';
import { formatBytes } from '../../../shared/units.ts';
import { stateTones } from '../../columns/queue.ts';
import { type SpanLine, span } from '../../spans.ts';
import { wrapped } from '../../wrapped.ts';
import { actionKeys } from '../actions/act.ts';
import { askVerb } from '../actions/queue-actions.ts';
import { traceKey } from '../actions/trace-key.ts';
import { Lines } from '../components/lines.tsx';
import { Pager, pagerKeys } from '../components/pager.tsx';
import { View } from '../components/view.tsx';
import { useLook } from '../hooks/use-look.ts';
import { useMessageLines } from '../hooks/use-message-lines.ts';
import { useBody } from '../hooks/use-size.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import { type Services, useServices } from '../services.ts';
import { errorText } from '../store/notices.ts';
import { type MessageTab, messageTabs } from '../store/view-state.ts';
import { line } from '../text/line.ts';
import { verbKeys } from './queue-list-keys.ts';

const tabTitles: Readonly<Record<MessageTab, string>> = {
  envelope: 'Envelope',
  headers: 'Header',
  text: 'Text',
  raw: 'Source',
  explain: 'Explain',
};

export function MessageView({ id }: { readonly id: number }) {
  const services = useServices();
  const { width, height } = useBody();
  const { measure } = useLook();
  const message = useStore(services.message);
  const changes = useStore(services.queue).changesOf(id);
  const tab = useKept(services.view.queue.tab);
  const scroll = services.view.queue.scroll;
  const top = useKept(scroll);
  useEffect(() => {
    message.watch(id);
    return () => message.watch(null);
  }, [message, id]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with every change of the message it is asked for anew.
  useEffect(() => void message.refresh(), [message, changes]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same for why it waits.
  useEffect(() => {
    if (tab === 'explain') void message.explain();
  }, [message, id, tab, changes]);
  useEffect(() => {
    if (tab === 'headers' || tab === 'text' || tab === 'raw') void message.loadContent();
  }, [message, tab]);

  const content = useMessageLines(message, tab, width - 2);
  const read = useMemo(
    () => content.flatMap((one) => wrapped(one, width - 2, measure)),
    [content, width, measure],
  );
  const lines: readonly SpanLine[] =
    message.error !== null && message.detail === null ? [[span(errorText(message.error), 'bad')]] : read;
  const paneHeight = height - 3;
  const detail = message.detail;
  const head = line(
    span(` Message ${id}`, 'title'),
    ...(detail
      ? [
          span('  '),
          span(
            detail.outcome === 'queued' ? detail.state : detail.outcome,
            detail.outcome === 'queued' ? stateTones[detail.state] : 'old',
          ),
          span(`  ${formatBytes(detail.sizeBytes)}  `, 'old'),
          span(visible(detail.subject ?? '')),
        ]
      : []),
  );
  const position =
    lines.length > paneHeight ? `${Math.min(lines.length, top + paneHeight)} of ${lines.length} lines` : '';
  return (
    <View bindings={bindings(services, id, lines.length, paneHeight)}>
      <Lines lines={[head, tabsLine(tab, position), line()]} width={width} height={3} />
      <Pager
        lines={lines.map((spans) => line(span(' '), ...spans))}
        top={top}
        width={width}
        height={paneHeight}
      />
    </View>
  );
}

const tabsLine = (current: MessageTab, position: string) =>
  line(
    span(' '),
    ...messageTabs.map((tab) => span(` ${tabTitles[tab]} `, tab === current ? 'chosen' : 'old')),
    span(`   ${position}`, 'old'),
  );

function bindings(services: Services, id: number, lines: number, height: number): readonly Binding[] {
  const { queue: state } = services.view;
  const turn = (step: number) => () => {
    state.scroll.set(0);
    state.tab.update(
      (tab) =>
        messageTabs[(messageTabs.indexOf(tab) + step + messageTabs.length) % messageTabs.length] ??
        'envelope',
    );
  };
  return [
    { keys: ['right', ']', 'enter'], does: 'the next tab', hint: 'next tab', run: turn(1) },
    { keys: ['left', '['], does: 'the tab before', run: turn(-1) },
    {
      keys: ['e'],
      does: 'explain why it has not gone out',
      hint: 'explain',
      run: () => {
        state.scroll.set(0);
        state.tab.set('explain');
      },
    },
    ...actionKeys(
      services,
      verbKeys.map(({ key, name, hint, does }) => ({
        keys: [key],
        does: `${does} (${name})`,
        hint,
        run: () => void askVerb(services, name, { kind: 'ids', ids: [id] }),
      })),
    ),
    {
      keys: ['l'],
      does: 'the log of the message',
      hint: 'log',
      run: () => {
        services.view.log.scope.update((scope) => ({ ...scope, filter: `queue:${id}` }));
        services.view.screen.set('log');
      },
    },
    traceKey(services, String(id)),
    ...pagerKeys(state.scroll, lines, height),
    {
      keys: ['esc', 'backspace'],
      does: 'back to the list',
      hint: 'back',
      run: () => {
        state.open.set(null);
        state.tab.set('envelope');
      },
    },
  ];
}
