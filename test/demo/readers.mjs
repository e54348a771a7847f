/**
 * People who read their mail: Ann with two programs on one INBOX, both in IDLE when they do nothing else, so that what she
 * does on her phone is seen on her desk at once; Bob, who polls by POP3 and takes everything home; and somebody who guesses
 * passwords.
 */
import { connect } from 'node:net';
import { ImapFlow } from 'imapflow';

const ann = 'ann@example.org';
const bob = 'bob@example.org';
const phoneMs = 6_000;
const deskMs = 4_000;
const pollMs = 12_000;
const guessMs = 45_000;
/** So that each step can be seen in the list of sessions. */
const thinkMs = 400;

export function startReaders({ imap, pop3, password, pace }) {
  let stopped = false;
  const ends = new Set();

  const every = (meanMs, work) => {
    let timer = null;
    const next = () => {
      if (stopped) return;
      timer = setTimeout(
        () =>
          work()
            .catch(() => undefined)
            .finally(next),
        (meanMs / pace) * (0.5 + Math.random()),
      );
    };
    ends.add(() => clearTimeout(timer));
    next();
  };

  /** A program that stays connected; when the server ends it, the next thing to do connects again. */
  const program = () => {
    let client = null;
    ends.add(() => client?.close());
    return async () => {
      if (client?.usable) return client;
      client = new ImapFlow({
        host: '127.0.0.1',
        port: imap,
        secure: false,
        tls: { rejectUnauthorized: false },
        auth: { user: ann, pass: password },
        clientInfo: { name: 'demo' },
        logger: false,
      });
      client.on('error', () => undefined);
      await client.connect();
      await client.mailboxOpen('INBOX');
      if (stopped) client.close();
      return client;
    };
  };

  const using = (open, work) => async () => {
    const client = await open();
    await work(client);
    // Until the next command.
    if (client.usable) client.idle().catch(() => undefined);
  };

  const read = async (client) => {
    const unseen = await client.search({ seen: false }, { uid: true });
    const [uid] = unseen || [];
    if (uid === undefined) return;
    await client.fetchOne(uid, { envelope: true, bodyStructure: true, source: true }, { uid: true });
    await client.messageFlagsAdd([uid], ['\\Seen'], { uid: true });
  };

  const tidy = async (client) => {
    const seen = (await client.search({ seen: true, flagged: false }, { uid: true })) || [];
    const [uid] = seen.slice(-1);
    if (Math.random() < 0.1) return client.logout();
    if (uid === undefined) return;
    if (Math.random() < 0.3) await client.messageFlagsAdd([uid], ['\\Flagged'], { uid: true });
    else if (Math.random() < 0.5) await client.messageMove([uid], 'Archive', { uid: true });
    else await client.messageMove([uid], 'Trash', { uid: true });
  };

  every(deskMs, using(program(), read));
  every(phoneMs, using(program(), tidy));
  every(pollMs, () => poll(pop3, password, ends));
  every(guessMs, () => guess(imap, ends));

  return {
    stop() {
      stopped = true;
      for (const end of ends) end();
    },
  };
}

/** Everything, one message at a time, and away from the server. */
async function poll(port, password, ends) {
  const session = new Lines(port, '127.0.0.23', ends);
  await session.said();
  await session.say(`USER ${bob}`);
  await session.say(`PASS ${password}`);
  const count = Number((await session.say('STAT')).split(' ')[1] ?? 0);
  for (let n = 1; n <= count; n++) {
    await session.say(`RETR ${n}`, '\r\n.\r\n');
    await session.say(`DELE ${n}`);
  }
  await session.say('QUIT');
  session.end();
}

async function guess(port, ends) {
  const session = new Lines(port, `127.222.1.${1 + Math.floor(Math.random() * 200)}`, ends);
  await session.said();
  await session.say(`a LOGIN ${ann} 123456`).finally(() => session.end());
}

/** A dialogue of lines, at the speed at which a person can follow it. */
class Lines {
  #socket;
  #text = '';
  #hear = null;
  #ends;
  #end;

  constructor(port, localAddress, ends) {
    this.#socket = connect({ host: '127.0.0.1', port, localAddress });
    this.#ends = ends;
    this.#end = () => this.#socket.destroy();
    ends.add(this.#end);
    this.#socket.setEncoding('latin1').on('data', (data) => {
      this.#text += data;
      this.#hear?.();
    });
    this.#socket.on('error', () => undefined).on('close', () => this.#hear?.());
  }

  /** An answer that ends so. */
  said(end = '\r\n') {
    return new Promise((resolve, reject) => {
      this.#hear = () => {
        if (this.#text.endsWith(end)) {
          const text = this.#text;
          [this.#text, this.#hear] = ['', null];
          resolve(text);
        } else if (this.#socket.destroyed) reject(new Error('closed'));
      };
      this.#hear();
    });
  }

  async say(line, end = '\r\n') {
    await new Promise((resolve) => setTimeout(resolve, thinkMs * Math.random()));
    if (this.#socket.destroyed) throw new Error('closed');
    this.#socket.write(`${line}\r\n`);
    const answer = await this.said(end);
    if (answer.startsWith('-ERR')) throw new Error(answer);
    return answer;
  }

  end() {
    this.#ends.delete(this.#end);
    this.#socket.destroy();
  }
}
