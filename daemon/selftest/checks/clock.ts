/** Whether the clock was set lately, by the difference between wall time and the time that only goes on. */
import { formatAge } from '../../../shared/units.ts';
import { type Clock, isoTime, type Timer } from '../../clock.ts';
import { type Check, found, ok } from '../check.ts';

/** A time service moves the clock by less at a time, once it is in step. */
const jumpMs = 10_000;
const lookMs = 10_000;
const rememberMs = 24 * 3_600_000;

export class ClockWatch {
  readonly #clock: Clock;
  #offset: number;
  #timer: Timer | null = null;
  #jump: { readonly at: number; readonly byMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.now() - clock.monotonic();
  }

  start(): void {
    this.#timer = this.#clock.after(lookMs, () => {
      this.#look();
      this.start();
    });
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** The last jump of the last day: when, by the new time, and by how much. */
  jump(): { readonly at: number; readonly byMs: number } | null {
    this.#look();
    const jump = this.#jump;
    return jump !== null && Math.abs(this.#clock.now() - jump.at) <= rememberMs ? jump : null;
  }

  #look(): void {
    const offset = this.#clock.now() - this.#clock.monotonic();
    const byMs = offset - this.#offset;
    this.#offset = offset;
    if (Math.abs(byMs) > jumpMs) this.#jump = { at: this.#clock.now(), byMs };
  }
}

export const clockCheck = (watch: ClockWatch): Check => ({
  name: 'clock',
  async run() {
    const jump = watch.jump();
    if (jump === null) return ok;
    const way = jump.byMs > 0 ? 'forward' : 'back';
    return found([
      {
        code: 'clock.jumped',
        severity: 'warning',
        subject: 'clock',
        evidence: `The clock of this machine went ${way} by ${formatAge(Math.abs(jump.byMs))} at ${isoTime(jump.at)}: it was set, or the machine slept`,
        remedy: 'See that a time service runs: timedatectl status',
      },
    ]);
  },
});
