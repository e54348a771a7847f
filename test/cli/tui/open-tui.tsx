/** The full-screen program drawn inside a test, on a fake daemon: keys go in, the last frame can be read. */

import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink-testing-library';
import { onTestFinished } from 'vitest';
import { App } from '../../../cli/tui/app.tsx';
import { type Commands, Services } from '../../../cli/tui/services.ts';
import { KeyParser } from '../../../cli/tui/terminal/key-parser.ts';
import type { Size } from '../../../cli/tui/terminal/screen.ts';
import { themeFor } from '../../../cli/tui/theme.ts';
import type { Result } from '../../../shared/api/index.ts';
import { measureFor } from '../../../shared/terminal-text.ts';
import {
  sampleDetail,
  sampleEntries,
  sampleMessages,
  sampleSession,
  sampleSessions,
  sampleStatus,
  sampleVerb,
} from '../../helpers/api-samples.ts';
import { testNow } from '../../helpers/run-mailctl.ts';
import { until } from '../../helpers/until.ts';
import { FakeDaemonClient, type Script } from './fake-daemon-client.ts';

export interface OpenOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly script?: Script;
  readonly snapshot?: Partial<Result<'events.subscribe'>['snapshot']>;
  readonly readOnly?: boolean;
  readonly ascii?: boolean;
  readonly colored?: boolean;
  readonly commands?: Partial<Commands>;
  /** What answers after the first client has gone; without it nobody does. */
  readonly reconnect?: () => FakeDaemonClient;
}

export const sampleScript: Script = {
  'queue.list': ({ filter }) => ({
    messages: sampleMessages.filter(({ id }) => !filter?.ids || filter.ids.includes(id)),
    next: null,
  }),
  'queue.count': { messages: sampleMessages.length, bytes: 2_230_545 },
  'queue.show': ({ id }) => sampleDetail({ id }),
  'queue.explain': ({ id }) => ({
    id,
    state: 'deferred',
    reasons: [
      {
        code: 'waiting_for_retry',
        text: 'The last attempt failed for now.',
        remedy: `mailctl queue send-now ${id}`,
      },
    ],
    nextAttemptAt: null,
    expiresAt: new Date(testNow + 86_400_000).toISOString(),
    destinations: [],
  }),
  'queue.content': {
    data: Buffer.from(
      'From: ann@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe aus Graz\r\n',
    ).toString('base64'),
    offset: 0,
    sizeBytes: 160,
  },
  'queue.remove': ({ filter, dryRun }) =>
    sampleVerb({ matched: 1, changed: filter.ids?.length ?? 212, bytes: 2_202_009, dryRun: dryRun === true }),
  'queue.hold': ({ dryRun }) =>
    sampleVerb({ matched: 1, changed: 1, dryRun: dryRun === true, operation: null }),
  'sessions.kill': ({ filter }) => ({
    results: (filter.ids ?? []).map((id) => ({ id, outcome: 'ended' as const })),
    blocks: [],
  }),
};

class FakeTerminal {
  size: Size;
  readonly #listeners = new Set<() => void>();

  constructor(columns: number, rows: number) {
    this.size = { columns, rows };
  }

  on(_event: string, listener: () => void): this {
    this.#listeners.add(listener);
    return this;
  }

  off(_event: string, listener: () => void): this {
    this.#listeners.delete(listener);
    return this;
  }

  emit(): void {
    for (const listener of this.#listeners) listener();
  }
}

export async function openTui(options: OpenOptions = {}) {
  const { columns = 100, rows = 30, readOnly = false, ascii = false, colored = false, reconnect } = options;
  const daemon = new FakeDaemonClient(
    { ...sampleScript, ...options.script },
    {
      status: sampleStatus(),
      sessions: [...sampleSessions],
      session: { session: sampleSession(), exchanges: [], dropped: 0 },
      queue: sampleStatus().queue,
      log: [...sampleEntries],
      ...options.snapshot,
    },
  );
  const pressed: string[] = [];
  const services = new Services({
    link: {
      first: daemon,
      connect: async () => {
        if (!reconnect) throw Object.assign(new Error('nobody answers'), { code: 'ECONNREFUSED' });
        return reconnect();
      },
      now: () => testNow,
    },
    theme: themeFor({ colored, ascii }),
    measure: await measureFor(['ä']),
    ascii,
    readOnly,
    commands: { run: async () => 0, resolve: (args) => args, complete: () => [], ...options.commands },
    terminal: {
      quit: () => pressed.push('quit'),
      suspend: () => pressed.push('suspend'),
      repaint: () => pressed.push('repaint'),
    },
  });
  const terminal = new FakeTerminal(columns, rows);
  const shown = render(<App services={services} terminal={terminal} />);
  const parser = new KeyParser();
  const painted = (): string => shown.lastFrame() ?? '';
  const frame = (): string => stripVTControlCharacters(painted());
  onTestFinished(() => {
    services.end();
    shown.unmount();
  });

  /** Resolves with the frame in which `text` stands. */
  async function sees(text: string | RegExp): Promise<string> {
    const has = (): boolean => (typeof text === 'string' ? frame().includes(text) : text.test(frame()));
    try {
      await until(has, String(text), 5_000);
    } catch {
      throw new Error(`${text} is not on the screen:\n${frame()}`);
    }
    return frame();
  }

  /** As typed: each key after what the one before it has drawn. */
  async function press(...keys: readonly string[]): Promise<void> {
    for (const key of keys.flatMap((text) => [...parser.push(text), ...parser.flush()])) {
      services.notices.acknowledge();
      services.keys.press(key);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function resize(size: { columns: number; rows: number }): void {
    terminal.size = size;
    terminal.emit();
  }

  await sees('mail1.example.org');
  return { daemon, services, frame, painted, sees, press, resize, pressed, unmount: shown.unmount };
}

export const keys = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  enter: '\r',
  esc: '\x1b',
  tab: '\t',
  shiftTab: '\x1b[Z',
  pageDown: '\x1b[6~',
  pageUp: '\x1b[5~',
  home: '\x1b[H',
  end: '\x1b[F',
} as const;
