/** A typed, synchronous event source. A listener that throws is a bug: the error goes up to whoever emits. */
export type Unsubscribe = () => void;

export class EventSource<T> {
  readonly #listeners = new Set<(event: T) => void>();

  /** True when nobody listens, so that a caller can save itself the making of an event. */
  get idle(): boolean {
    return this.#listeners.size === 0;
  }

  on(listener: (event: T) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: T): void {
    for (const listener of this.#listeners) listener(event);
  }
}
