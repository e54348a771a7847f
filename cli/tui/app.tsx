/** The program: head, one of the screens, and what lies above it; the keys that hold everywhere. */
import { Box } from 'ink';
import { useEffect, useState } from 'react';
import { span } from '../spans.ts';
import { CommandPane } from './components/command-pane.tsx';
import { DialogBox } from './components/dialog-box.tsx';
import { Header } from './components/header.tsx';
import { HelpBox } from './components/help-box.tsx';
import { Lines } from './components/lines.tsx';
import { useKeys } from './hooks/use-keys.ts';
import { ThemeContext } from './hooks/use-look.ts';
import { SizeContext } from './hooks/use-size.ts';
import { useKept, useStore } from './hooks/use-store.ts';
import { programKeys } from './program-keys.ts';
import { ConnectionsScreen } from './screens/connections-screen.tsx';
import { HousekeeperScreen } from './screens/housekeeper-screen.tsx';
import { LogScreen } from './screens/log-screen.tsx';
import { QueueScreen } from './screens/queue-screen.tsx';
import { SessionsScreen } from './screens/sessions-screen.tsx';
import { StatusScreen } from './screens/status-screen.tsx';
import { type Services, ServicesContext } from './services.ts';
import type { ScreenName } from './store/view-state.ts';
import type { Size } from './terminal/screen.ts';
import { line } from './text/line.ts';
import { faded } from './theme.ts';

const screens: Readonly<Record<ScreenName, () => React.JSX.Element>> = {
  status: StatusScreen,
  sessions: SessionsScreen,
  queue: QueueScreen,
  connections: ConnectionsScreen,
  log: LogScreen,
  housekeeper: HousekeeperScreen,
};

/** Below it nothing would be in its place any more. */
export const leastSize: Size = { columns: 80, rows: 20 };

/** Where the size comes from: the terminal, or a test. */
export interface SizeSource {
  readonly size: Size;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

interface AppProps {
  readonly services: Services;
  readonly terminal: SizeSource;
}

export function App({ services, terminal }: AppProps) {
  const [size, setSize] = useState(terminal.size);
  useEffect(() => {
    const onResize = () => setSize(terminal.size);
    terminal.on('resize', onResize);
    return () => {
      terminal.off('resize', onResize);
    };
  }, [terminal]);
  const { theme } = services.options;
  const away = useStore(services.link).state.kind === 'away';
  return (
    <ServicesContext value={services}>
      <SizeContext value={size}>
        <ThemeContext value={theme}>
          {size.columns < leastSize.columns || size.rows < leastSize.rows ? (
            <TooSmall size={size} services={services} />
          ) : (
            <Program services={services} size={size} away={away} />
          )}
        </ThemeContext>
      </SizeContext>
    </ServicesContext>
  );
}

function Program({ services, size, away }: { services: Services; size: Size; away: boolean }) {
  const { theme } = services.options;
  const screen = useKept(services.view.screen);
  const overlay = useKept(services.view.overlay);
  const Current = screens[screen];
  useKeys({ name: 'program', bindings: programKeys(services), modal: false });
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      <Header />
      <ThemeContext value={away ? faded(theme) : theme}>
        <Current />
      </ThemeContext>
      {overlay?.kind === 'dialog' ? <DialogBox key={overlay.title} dialog={overlay} /> : null}
      {overlay?.kind === 'help' ? <HelpBox help={overlay} /> : null}
      {overlay?.kind === 'output' ? <CommandPane args={overlay.args} /> : null}
    </Box>
  );
}

function TooSmall({ size, services }: { size: Size; services: Services }) {
  useKeys({ name: 'program', bindings: programKeys(services), modal: false });
  const text = `${leastSize.columns}x${leastSize.rows} is the least that mailctl needs; this is ${size.columns}x${size.rows}.`;
  return (
    <Lines
      lines={[line(span(text, 'waiting')), line(span('Make the terminal larger, or press q.', 'old'))]}
      width={size.columns}
      height={Math.min(2, size.rows)}
    />
  );
}
