/** A line of text being typed: a filter, a command. History by up and down, completion by tab. */
import { useState } from 'react';
import { type SpanLine, span } from '../../spans.ts';
import { useKeys } from '../hooks/use-keys.ts';
import { useLook } from '../hooks/use-look.ts';
import { useSize } from '../hooks/use-size.ts';
import { useKept } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import type { Prompt } from '../prompt.ts';
import { useServices } from '../services.ts';
import { Kept } from '../store/kept.ts';
import { type EditedText, editKeys, inserted } from '../text/edited-text.ts';
import { line } from '../text/line.ts';
import { Lines } from './lines.tsx';

export function PromptLine({ prompt }: { readonly prompt: Prompt }) {
  const { view, notices } = useServices();
  const { columns } = useSize();
  const { measure } = useLook();
  const [edited] = useState(() => new Kept<EditedText>({ text: prompt.text, at: prompt.text.length }));
  const [problem] = useState(() => new Kept<string | null>(null));
  const [past] = useState(() => new Kept(prompt.history.length));
  const now = useKept(edited);
  const wrong = useKept(problem);

  const edit = (change: (text: EditedText) => EditedText): void => {
    problem.set(null);
    edited.update(change);
  };
  const recall = (step: number): void => {
    const at = Math.max(0, Math.min(past.value + step, prompt.history.length));
    past.set(at);
    const text = prompt.history[at] ?? '';
    edit(() => ({ text, at: text.length }));
  };
  const complete = (): void => {
    const candidates = prompt.complete(edited.value.text);
    const common = commonStart(candidates);
    if (candidates.length === 0) return;
    if (common.length > edited.value.text.length || candidates.length === 1)
      edit(() => ({ text: common, at: common.length }));
    else problem.set(candidates.map((text) => text.trim().split(/\s+/).at(-1) ?? '').join('  '));
  };
  const bindings: readonly Binding[] = [
    {
      keys: ['enter'],
      does: 'take it',
      run: () => {
        const refused = prompt.submit(edited.value.text.trim());
        if (refused === null) view.prompt.set(null);
        else problem.set(refused);
      },
    },
    {
      keys: ['esc', 'ctrl-c'],
      does: 'leave it as it was',
      run: () => {
        notices.clear();
        view.prompt.set(null);
      },
    },
    { keys: ['up', 'ctrl-p'], does: 'what was typed before', run: () => recall(-1) },
    { keys: ['down', 'ctrl-n'], does: 'what was typed after', run: () => recall(1) },
    { keys: ['tab'], does: 'complete', run: complete },
    ...editKeys.map(({ keys, does, change }) => ({ keys, does, run: () => edit(change) })),
  ];
  useKeys({
    name: 'prompt',
    bindings,
    modal: true,
    onText: (text) => edit((before) => inserted(before, text)),
  });

  // What does not fit leaves on the left: the caret stays in sight.
  const room = columns - prompt.label.length - 4;
  const start = Math.max(0, measure(now.text.slice(0, now.at)) - room);
  const tail: SpanLine =
    wrong === null
      ? [span(now.text === '' ? ` ${prompt.hint}` : '', 'old')]
      : [span(`   ${wrong}`, 'waiting')];
  return (
    <Lines
      lines={[
        line(
          span(` ${prompt.label} `, 'accent'),
          span(now.text.slice(start, now.at)),
          span(now.text[now.at] ?? ' ', 'chosen'),
          span(now.text.slice(now.at + 1)),
          ...tail,
        ),
      ]}
      width={columns}
      height={1}
    />
  );
}

function commonStart(texts: readonly string[]): string {
  let common = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(common)) common = common.slice(0, -1);
  return common;
}
