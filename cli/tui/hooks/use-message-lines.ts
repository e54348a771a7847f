/** What a tab of a message shows. Envelope and explanation are what the command line prints, by the same code. */
import { useMemo } from 'react';
import { showExplanation } from '../../explanation.ts';
import { showMessage } from '../../message-detail.ts';
import { type SpanLine, span } from '../../spans.ts';
import type { Content, MessageStore } from '../store/message-store.ts';
import type { MessageTab } from '../store/view-state.ts';
import { decodedMessage } from '../text/decoded-message.ts';
import { contentNote, headerLines, sourceLines } from '../text/message-lines.ts';
import { useCaptured } from './use-captured.ts';

export function useMessageLines(message: MessageStore, tab: MessageTab, width: number): readonly SpanLine[] {
  const { detail, explanation, content } = message;
  const envelope = useCaptured(detail, width, showMessage);
  const why = useCaptured(explanation instanceof Error ? null : explanation, width, showExplanation);
  // Decoded once, not for every frame.
  const read = useMemo(() => (content ? contentLines(content, tab) : null), [content, tab]);
  const waiting: readonly SpanLine[] = [[span('Asking maild ...', 'old')]];
  switch (tab) {
    case 'envelope':
      return detail ? envelope : waiting;
    case 'explain':
      if (detail && detail.outcome !== 'queued')
        return [[span('It has left the queue: there is nothing to explain.', 'old')]];
      if (explanation instanceof Error) return [[span(explanation.message, 'bad')]];
      return explanation ? why : waiting;
    default:
      return read ?? waiting;
  }
}

function contentLines(content: Content, tab: MessageTab): readonly SpanLine[] {
  const { bytes } = content;
  if (tab === 'headers') return headerLines(bytes);
  return [...contentNote(content), ...(tab === 'raw' ? sourceLines(bytes) : decodedMessage(bytes))];
}
