/**
 * The lean side of an IMAP4 or POP3 session: one command at a time, of the answer only its bytes are counted and its last
 * line is looked for, so that the load costs little beside the server that is measured.
 */
import { connect } from 'node:net';

/** Longest last line of an answer that is looked for. */
const tailBytes = 512;

class Session {
  bytes = 0;
  #tail = Buffer.alloc(0);
  #ended = null;
  #waiting = null;
  #socket;

  constructor(port, localAddress) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, localAddress });
    this.#socket.on('data', (data) => this.#take(data));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('bench: the server has closed the connection')));
  }

  /** Says this; resolves with the end of the answer when `ended` says that it is whole. */
  exchange(text, ended) {
    this.#ended = ended;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (text !== null) this.#socket.write(text, 'latin1');
      if (this.#tail.length > 0) this.#look();
    });
  }

  /** What is said is not waited for. */
  say(text) {
    this.#socket.write(text, 'latin1');
  }

  destroy() {
    this.#waiting = null;
    this.#socket.destroy();
  }

  #take(data) {
    this.bytes += data.length;
    const tail = data.length >= tailBytes ? data : Buffer.concat([this.#tail, data]);
    this.#tail = Buffer.from(tail.subarray(-tailBytes));
    if (this.#waiting !== null) this.#look();
  }

  #look() {
    const tail = this.#tail.toString('latin1');
    if (!tail.endsWith('\n') || !this.#ended(tail)) return;
    this.#tail = Buffer.alloc(0);
    const { resolve } = this.#waiting;
    this.#waiting = null;
    resolve(tail);
  }

  #fail(error) {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(error);
  }
}

export class ImapSession extends Session {
  #count = 0;

  static async greeted(port, localAddress) {
    const session = new ImapSession(port, localAddress);
    await session.exchange(null, (tail) => tail.startsWith('* '));
    return session;
  }

  static async loggedIn(port, user, password) {
    const session = await ImapSession.greeted(port);
    await session.command(`LOGIN ${user} ${password}`);
    return session;
  }

  /** The end of the answer, which must be OK. */
  async command(text) {
    this.#count += 1;
    const tag = `t${this.#count} `;
    const last = (tail) => tail.slice(tail.lastIndexOf('\n', tail.length - 2) + 1);
    const tail = await this.exchange(`${tag}${text}\r\n`, (end) => last(end).startsWith(tag));
    if (!last(tail).startsWith(`${tag}OK`)) throw new Error(`bench: ${text.slice(0, 60)}: ${last(tail)}`);
    return tail;
  }

  async idle() {
    await this.exchange('idle IDLE\r\n', (tail) => tail.includes('+ '));
  }

  /** In IDLE: resolves when the folder has this many messages. */
  exists(count) {
    return this.exchange(null, (tail) => tail.includes(`* ${count} EXISTS`));
  }

  async logout() {
    await this.command('LOGOUT');
    this.destroy();
  }
}

export class Pop3Session extends Session {
  static async loggedIn(port, user, password) {
    const session = new Pop3Session(port);
    await session.line(null);
    await session.line(`USER ${user}`);
    await session.line(`PASS ${password}`);
    return session;
  }

  async line(text) {
    const tail = await this.exchange(text === null ? null : `${text}\r\n`, () => true);
    if (!tail.startsWith('+OK')) throw new Error(`bench: ${text}: ${tail}`);
  }

  /** An answer of many lines. */
  async lines(text) {
    await this.exchange(`${text}\r\n`, (tail) => tail.endsWith('\r\n.\r\n'));
  }

  async quit() {
    await this.line('QUIT');
    this.destroy();
  }
}
