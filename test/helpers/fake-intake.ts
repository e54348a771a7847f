/** The door of a mail server that keeps what comes in, and shuts when a test says so. */
import type { IncomingMessage, IntakePort } from '../../daemon/intake/intake-port.ts';

export class FakeIntake implements IntakePort {
  readonly messages = new Map<number, IncomingMessage>();
  refused: ReturnType<IntakePort['refusal']> = null;
  /** Runs before a message is taken: to wait, or to throw. */
  beforeAccept: (id: number) => Promise<void> = async () => {};
  #lastId = 0;

  refusal() {
    return this.refused;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  async accept(id: number, message: IncomingMessage): Promise<void> {
    await this.beforeAccept(id);
    this.messages.set(id, message);
  }

  get list(): IncomingMessage[] {
    return [...this.messages.values()];
  }

  get only(): IncomingMessage {
    const [message, ...more] = this.list;
    if (message === undefined || more.length > 0) throw new Error(`${this.messages.size} messages, not one`);
    return message;
  }

  /** Of messages in memory: what the client sent, without our Received header. */
  get bodies(): string[] {
    return this.list.map(({ content }) =>
      (content.inline ?? Buffer.alloc(0)).toString('latin1').replace(/^Received:.*\r\n(?:\t.*\r\n)+/, ''),
    );
  }
}
