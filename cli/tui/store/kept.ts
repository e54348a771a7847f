/** State of views that outlives them: a person who comes back to a screen finds it as it was left. */
import { Observable } from './observable.ts';

export class Kept<T> extends Observable {
  #value: T;

  constructor(value: T) {
    super();
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(next: T): void {
    if (Object.is(next, this.#value)) return;
    this.#value = next;
    this.changed();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }
}
