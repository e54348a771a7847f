/** A line of mailctl run from here: its output as it comes, in place of the screen, until it is left. */
import { Box } from 'ink';
import { useEffect, useState } from 'react';
import { type SpanLine, span } from '../../spans.ts';
import { wrapped } from '../../wrapped.ts';
import { capturedIo } from '../capture.ts';
import { commandText } from '../command-text.ts';
import { useKeys } from '../hooks/use-keys.ts';
import { useLook } from '../hooks/use-look.ts';
import { useSize } from '../hooks/use-size.ts';
import { useStore } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import { useServices } from '../services.ts';
import { CommandRun } from '../store/command-run.ts';
import { Kept } from '../store/kept.ts';
import { line } from '../text/line.ts';
import { apart } from '../text/span-layout.ts';
import { Footer } from './footer.tsx';
import { headerRows } from './header.tsx';
import { Lines } from './lines.tsx';
import { Pager, pagerKeys } from './pager.tsx';

export function CommandPane({ args }: { readonly args: readonly string[] }) {
  const services = useServices();
  const { options, frames, view, now } = services;
  const { columns, rows } = useSize();
  const { measure } = useLook();
  const [run] = useState(() => new CommandRun(frames));
  const [scroll] = useState(() => new Kept(0));
  useStore(run);
  useStore(scroll);
  const height = rows - headerRows - 2;
  useEffect(() => {
    const io = capturedIo({
      columns: columns - 2,
      rows: height,
      now,
      env: {},
      interrupt: run.interrupt,
      onText: (text) => run.add(text),
    });
    void run.follow(options.commands.run(args, io));
    return () => run.end();
    // Once, as it would be from a shell: what is printed stays as it was.
  }, [run, args, options, now, columns, height]);
  const lines: readonly SpanLine[] = run.lines.flatMap((one) => wrapped(one, columns - 2, measure));
  const last = Math.max(0, lines.length - height);
  // Output that goes on is followed while its end is in sight.
  const top = run.running && scroll.value >= run.shownTo ? last : Math.min(scroll.value, last);
  run.shownTo = last;
  const bindings: readonly Binding[] = [
    {
      keys: ['esc', 'q', 'ctrl-c', 'enter'],
      does: 'back, ending what runs',
      hint: 'back',
      run: () => view.overlay.set(null),
    },
    ...pagerKeys(scroll, lines.length, height),
  ];
  useKeys({ name: 'overlay', modal: true, bindings });
  const head = apart(
    [span(` ${commandText(...args)}`, 'title')],
    [span(run.outcome, run.failed ? 'bad' : 'old'), span(' ')],
    columns,
    measure,
  );
  return (
    <Box position="absolute" flexDirection="column" marginTop={headerRows}>
      <Lines lines={[head]} width={columns} height={1} opaque />
      <Pager
        lines={padded(
          lines.map((spans) => line(span(' '), ...spans)),
          height,
        )}
        top={top}
        width={columns}
        height={height}
        opaque
      />
      <Footer bindings={bindings} />
    </Box>
  );
}

const padded = <T extends { spans: SpanLine; style: null | 'selected' | 'alarm' }>(
  lines: readonly T[],
  height: number,
) => [...lines, ...Array.from({ length: Math.max(0, height - lines.length) }, () => line())];
