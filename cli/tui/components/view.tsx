/** A screen's frame: its body, the line for notices or typing, its keys. */
import { Box } from 'ink';
import type { ReactNode } from 'react';
import { useKeys } from '../hooks/use-keys.ts';
import { useBody } from '../hooks/use-size.ts';
import { useKept } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import { useServices } from '../services.ts';
import { Footer } from './footer.tsx';
import { NoticeLine } from './notice-line.tsx';
import { PromptLine } from './prompt-line.tsx';

interface ViewProps {
  readonly bindings: readonly Binding[];
  readonly children: ReactNode;
}

export function View({ bindings, children }: ViewProps) {
  const { view } = useServices();
  const { width, height } = useBody();
  const prompt = useKept(view.prompt);
  useKeys({ name: 'screen', bindings, modal: false });
  return (
    <>
      <Box flexDirection="column" width={width} height={height} flexShrink={0} overflow="visible">
        {children}
      </Box>
      {prompt === null ? <NoticeLine /> : <PromptLine key={prompt.label} prompt={prompt} />}
      <Footer bindings={bindings} />
    </>
  );
}
