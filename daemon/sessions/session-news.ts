/**
 * Tells who listens what became of sessions: opened and closed at once, changed at most four times a second for each.
 *
 * While nobody listens nothing is made and no timer runs.
 */
import type { SessionEvent } from '../../shared/api/events.ts';
import type { Clock, Timer } from '../clock.ts';
import { EventSource } from '../events.ts';
import type { SessionHandle } from './session-handle.ts';

const gatherMs = 250;

export class SessionNews {
  readonly source = new EventSource<SessionEvent>();
  readonly #clock: Clock;
  readonly #changed = new Set<SessionHandle>();
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  opened(session: SessionHandle): void {
    if (!this.source.idle) this.source.emit({ change: 'opened', session: session.view() });
  }

  changed(session: SessionHandle): void {
    this.#changed.add(session);
    this.#timer ??= this.#clock.after(gatherMs, () => this.#tell());
  }

  closed(session: SessionHandle): void {
    this.#changed.delete(session);
    if (!this.source.idle) this.source.emit({ change: 'closed', session: session.view() });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#changed.clear();
  }

  #tell(): void {
    this.#timer = null;
    const changed = [...this.#changed];
    this.#changed.clear();
    if (this.source.idle) return;
    for (const session of changed) this.source.emit({ change: 'changed', session: session.view() });
  }
}
