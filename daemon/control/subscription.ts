/**
 * One subscription: numbers the events of its topics and sends them on; while the client reads too slowly, keeps a
 * bounded number of them, then drops and counts what it dropped.
 *
 * What is kept are the oldest: a follower sees no gap before the one that `skipped` tells of.
 */
import type { Topic } from '../../shared/api/events.ts';
import type { Unsubscribe } from '../events.ts';
import type { EventOutlet } from './event-outlet.ts';
import type { ControlLimits } from './limits.ts';

interface TopicState {
  /** The frame up to the number. */
  readonly head: string;
  seq: number;
  skipped: number;
}

export class Subscription {
  readonly id: number;
  readonly outlet: EventOutlet;
  readonly #limits: Pick<ControlLimits, 'bufferedEvents' | 'bufferedEventBytes'>;
  readonly #topics = new Map<Topic, TopicState>();
  readonly #ends: Unsubscribe[] = [];
  #waiting: string[] = [];
  #waitingLength = 0;
  /** Until the answer with the snapshot is on its way. */
  #held = true;
  #ended = false;

  constructor(
    id: number,
    outlet: EventOutlet,
    limits: Pick<ControlLimits, 'bufferedEvents' | 'bufferedEventBytes'>,
  ) {
    this.id = id;
    this.outlet = outlet;
    this.#limits = limits;
    this.#ends.push(outlet.onDrained(() => this.#flush()));
  }

  /** To be called once, at its end; at once when that has come already. */
  onEnd(callback: Unsubscribe): void {
    if (this.#ended) callback();
    else this.#ends.push(callback);
  }

  /** `json` is the event's data, rendered once for all subscribers. */
  push(topic: Topic, json: string): void {
    if (this.#ended) return;
    const state = this.#state(topic);
    const straightOn = !this.#held && this.#waiting.length === 0 && !this.outlet.congested;
    if (straightOn) {
      this.outlet.send(frame(state, json));
    } else if (
      this.#waiting.length < this.#limits.bufferedEvents &&
      this.#waitingLength + json.length <= this.#limits.bufferedEventBytes
    ) {
      const line = frame(state, json);
      this.#waiting.push(line);
      this.#waitingLength += line.length;
    } else {
      state.skipped += 1;
    }
  }

  /** Lets events go: the answer with the snapshot is on its way. */
  release(): void {
    this.#held = false;
    this.#flush();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting = [];
    for (const end of this.#ends) end();
  }

  #flush(): void {
    if (this.#held || this.#waiting.length === 0) return;
    let sent = 0;
    for (const line of this.#waiting) {
      if (this.outlet.congested) break;
      this.outlet.send(line);
      this.#waitingLength -= line.length;
      sent += 1;
    }
    this.#waiting = this.#waiting.slice(sent);
  }

  #state(topic: Topic): TopicState {
    let state = this.#topics.get(topic);
    if (!state) {
      const head = `{"jsonrpc":"2.0","method":"event","params":{"subscription":${this.id},"topic":"${topic}","seq":`;
      state = { head, seq: 0, skipped: 0 };
      this.#topics.set(topic, state);
    }
    return state;
  }
}

function frame(state: TopicState, json: string): string {
  state.seq += 1;
  const skipped = state.skipped === 0 ? '' : `,"skipped":${state.skipped}`;
  state.skipped = 0;
  return `${state.head}${state.seq}${skipped},"data":${json}}}`;
}
