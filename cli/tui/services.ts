/** Everything that lives as long as the program does, put together once; components reach it through {@link useServices}. */
import { createContext, useContext } from 'react';
import type { Measure } from '../../shared/terminal-text.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { KeyRouter } from './keys.ts';
import { ConnectionsStore } from './store/connections-store.ts';
import { DaemonLink, type LinkOptions } from './store/daemon-link.ts';
import { DialogueStore } from './store/dialogue-store.ts';
import { LogStore } from './store/log-store.ts';
import { MessageStore } from './store/message-store.ts';
import { Notices } from './store/notices.ts';
import { FrameClock, Observable } from './store/observable.ts';
import { QueueStore } from './store/queue-store.ts';
import { SessionsStore } from './store/sessions-store.ts';
import { StatusStore } from './store/status-store.ts';
import { TasksStore } from './store/tasks-store.ts';
import { ViewState } from './store/view-state.ts';
import type { Theme } from './theme.ts';

export interface ServiceOptions {
  readonly link: LinkOptions;
  readonly theme: Theme;
  readonly measure: Measure;
  readonly ascii: boolean;
  /** Actions are refused. */
  readonly readOnly: boolean;
  readonly commands: Commands;
  readonly terminal: TerminalControl;
}

/** The commands of mailctl, to be run from here. */
export interface Commands {
  /** A line of mailctl, as from a shell. */
  readonly run: (args: readonly string[], io: Io) => Promise<ExitCode>;
  /** Noun and verb that are meant; a verb that is not named filled in. */
  readonly resolve: (args: readonly string[]) => readonly string[];
  /** How a half-typed line may go on. */
  readonly complete: (text: string) => readonly string[];
}

/** What of the terminal a key may ask for. */
export interface TerminalControl {
  readonly quit: () => void;
  readonly suspend: () => void;
  readonly repaint: () => void;
}

export class Services {
  readonly options: ServiceOptions;
  readonly frames = new FrameClock();
  readonly link: DaemonLink;
  readonly status: StatusStore;
  readonly sessions: SessionsStore;
  readonly dialogue: DialogueStore;
  readonly queue: QueueStore;
  readonly message: MessageStore;
  readonly log: LogStore;
  readonly connections: ConnectionsStore;
  readonly tasks: TasksStore;
  readonly notices = new Notices();
  readonly view = new ViewState();
  readonly keys = new KeyRouter((reason) => this.notices.refusal(reason));
  /** Changes once a second, for clocks and ages. */
  readonly seconds = new Observable();
  readonly #second: NodeJS.Timeout;

  constructor(options: ServiceOptions) {
    this.options = options;
    const { now } = options.link;
    this.link = new DaemonLink(options.link);
    this.status = new StatusStore(this.link, this.frames, now);
    this.sessions = new SessionsStore(this.link, this.frames, now);
    this.dialogue = new DialogueStore(this.link, this.frames);
    this.queue = new QueueStore(this.link, this.frames);
    this.message = new MessageStore(this.link);
    this.log = new LogStore(this.link, this.frames);
    this.connections = new ConnectionsStore(this.link, this.frames, now);
    this.tasks = new TasksStore(this.link, this.status);
    this.status.start();
    this.#second = setInterval(() => this.frames.request(this.seconds), 1_000);
  }

  get now(): () => number {
    return this.options.link.now;
  }

  end(): void {
    clearInterval(this.#second);
    const { status, sessions, queue, log, connections, tasks } = this;
    for (const store of [status, sessions, queue, log, connections, tasks]) store.stop();
    this.dialogue.watch(null);
    this.notices.clear();
    this.frames.stop();
    this.link.end();
  }
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error('no services around this component');
  return services;
}
