/**
 * Something that changes and says so. What a person does is told at once; what the daemon sends may be 2,000 changes a
 * second and is told by the {@link FrameClock}, a few times a second, for all of it together: one frame, not one each.
 */

/** Ink takes some ten milliseconds for a frame: five a second leave the processor to the mail. */
const framePauseMs = 200;

export class Observable {
  readonly #listeners = new Set<() => void>();
  #version = 0;

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly currentVersion = (): number => this.#version;

  changed(): void {
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener();
  }
}

export class FrameClock {
  readonly #waiting = new Set<Observable>();
  #timer: NodeJS.Timeout | undefined;
  #last = Number.NEGATIVE_INFINITY;

  /** `changed` of this one is called with the next frame. */
  request(observable: Observable): void {
    this.#waiting.add(observable);
    this.#timer ??= setTimeout(
      () => this.#tell(),
      Math.max(0, this.#last + framePauseMs - performance.now()),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #tell(): void {
    this.#timer = undefined;
    this.#last = performance.now();
    const changed = [...this.#waiting];
    this.#waiting.clear();
    for (const observable of changed) observable.changed();
  }
}
