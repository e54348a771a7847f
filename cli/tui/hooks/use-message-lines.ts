/** What a tab of a message shows. Envelope and explanation are what the command line prints, by the same code. */
import { useEffect, useState } from 'react';
import { showExplanation } from '../../explanation.ts';
import { showMessage } from '../../message-detail.ts';
import type { Output } from '../../output.ts';
import { type SpanLine, span } from '../../spans.ts';
import { captured } from '../capture.ts';
import { useServices } from '../services.ts';
import { Kept } from '../store/kept.ts';
import type { MessageStore } from '../store/message-store.ts';
import type { MessageTab } from '../store/view-state.ts';
import { decodedMessage } from '../text/decoded-message.ts';
import { contentNote, headerLines, sourceLines } from '../text/message-lines.ts';
import { paintedLines } from '../text/painted-lines.ts';
import { useKept } from './use-store.ts';

const nothingYet: readonly SpanLine[] = [];

export function useMessageLines(message: MessageStore, tab: MessageTab, width: number): readonly SpanLine[] {
  const { detail, explanation, content } = message;
  const envelope = useCaptured(detail, width, (output) => (detail ? showMessage(output, detail) : null));
  const why = useCaptured(explanation, width, (output) =>
    explanation && !(explanation instanceof Error) ? showExplanation(output, explanation) : null,
  );
  const waiting: readonly SpanLine[] = [[span('Asking maild ...', 'old')]];
  switch (tab) {
    case 'envelope':
      return detail ? envelope : waiting;
    case 'explain':
      if (detail && detail.outcome !== 'queued')
        return [[span('It has left the queue: there is nothing to explain.', 'old')]];
      if (explanation instanceof Error) return [[span(explanation.message, 'bad')]];
      return explanation ? why : waiting;
    case 'headers':
      return content ? headerLines(content.bytes) : waiting;
    case 'text':
      return content ? [...contentNote(content), ...decodedMessage(content.bytes)] : waiting;
    case 'raw':
      return content ? [...contentNote(content), ...sourceLines(content.bytes)] : waiting;
  }
}

/** Lines as `show` prints them for this width; made anew when `source` is another. */
function useCaptured(
  source: unknown,
  width: number,
  show: (output: Output) => Promise<void> | null,
): readonly SpanLine[] {
  const { now } = useServices();
  const [lines] = useState(() => new Kept(nothingYet));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `show` closes over the source only.
  useEffect(() => {
    let current = true;
    void captured(width, now, async (output) => {
      await show(output);
    }).then((text) => {
      if (current && text !== '') lines.set(paintedLines(text));
    });
    return () => {
      current = false;
    };
  }, [source, width]);
  return useKept(lines);
}
