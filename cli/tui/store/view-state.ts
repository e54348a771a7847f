/** What the person is looking at: screen, cursor, filter and order of each list, what lies above it. */
import type { LogCategory, LogLevel } from '../../../shared/api/log.ts';
import { type Cursor, noCursor } from '../list/cursor.ts';
import type { Selection } from '../list/selection.ts';
import { noSelection } from '../list/selection.ts';
import type { Overlay } from '../overlay.ts';
import type { Prompt } from '../prompt.ts';
import type { SessionSort } from '../text/session-match.ts';
import { Kept } from './kept.ts';

export const screenNames = ['status', 'sessions', 'queue', 'connections', 'log', 'housekeeper'] as const;
export type ScreenName = (typeof screenNames)[number];
export const messageTabs = ['envelope', 'headers', 'text', 'raw', 'explain'] as const;
export type MessageTab = (typeof messageTabs)[number];

export interface LogScope {
  readonly level: LogLevel | null;
  readonly category: LogCategory | null;
  /** As typed: `session:5 queue:7 greylist`. */
  readonly filter: string;
}

export class ViewState {
  readonly screen = new Kept<ScreenName>('status');
  readonly overlay = new Kept<Overlay | null>(null);
  readonly prompt = new Kept<Prompt | null>(null);
  readonly commandHistory: string[] = [];

  readonly status = { cursor: new Kept<Cursor>(noCursor) };
  readonly sessions = {
    cursor: new Kept<Cursor>(noCursor),
    selection: new Kept<Selection>(noSelection),
    filter: new Kept(''),
    sort: new Kept<{ readonly by: SessionSort; readonly descending: boolean }>({
      by: 'id',
      descending: false,
    }),
    /** Session whose dialogue is shown below the list. */
    open: new Kept<number | null>(null),
    dialogueScroll: new Kept<number | null>(null),
  };
  readonly queue = {
    cursor: new Kept<Cursor>(noCursor),
    selection: new Kept<Selection>(noSelection),
    filter: new Kept(''),
    /** Message that is shown in place of the list. */
    open: new Kept<number | null>(null),
    tab: new Kept<MessageTab>('envelope'),
    scroll: new Kept(0),
  };
  readonly log = {
    scope: new Kept<LogScope>({ level: null, category: null, filter: '' }),
    /** Line under the cursor, by its number; null while following. */
    cursor: new Kept<Cursor>(noCursor),
    detail: new Kept(false),
    wrap: new Kept(false),
  };
  readonly connections = { cursor: new Kept<Cursor>(noCursor), scroll: new Kept(0) };
  readonly housekeeper = { cursor: new Kept<Cursor>(noCursor) };
}
