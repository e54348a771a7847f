/** 100,000 messages in the queue: what an operator's commands cost, and what SMTP clients notice of them. */
import { connect } from 'node:net';
import { Maild } from './maild.mjs';
import { postfix } from './postfix.mjs';
import { median, percentile, row, runs, send, timed } from './tools.mjs';

const count = Number(process.env.MESSAGES ?? 100_000);
const fill = { sessions: 20, count };

export async function queue() {
  const node = median(await several(() => timed(process.execPath, ['-e', '0'])));
  const maild = new Maild();
  await maild.start();
  const empty = median(await several(() => maild.mailctl('status', '--json')));
  await send(maild.port, fill);
  row('start of Node, taken off below', ms(node));
  const figures = {};
  /** `%` in the arguments is a message, another one each time. */
  let message = count / 2;
  const measure = async (name, ...args) => {
    const probe = new LatencyProbe(maild.port);
    await probe.begin();
    const once = async () => {
      message += 1;
      const done = await maild.mailctl(...args.map((arg) => (arg === '%' ? String(message) : arg)));
      if (done.code !== 0) throw new Error(`bench: mailctl ${args.join(' ')} failed`);
      return done;
    };
    figures[name] = median(await several(once)) - node;
    row(name, ms(figures[name]), `SMTP p99 ${probe.end().toFixed(0)} ms`);
  };
  row('status --json, empty queue', ms(empty - node));
  await measure('status --json', 'status', '--json');
  await measure('queue list --json', 'queue', 'list', '--json');
  await measure('queue summary', 'queue', 'summary');
  await measure('queue show', 'queue', 'show', '%');
  await measure('queue send-now', 'queue', 'send-now', '%');
  await measure('queue remove', 'queue', 'remove', '%');
  await maild.stop();
  const begin = Date.now();
  await maild.start();
  row('start to greeting, all of it there', ms((Date.now() - begin) / 1000));
  const probe = new LatencyProbe(maild.port);
  await probe.begin();
  const clear = (await maild.mailctl('queue', 'clear', '--yes')).seconds - node;
  row('queue clear --yes', ms(clear), `SMTP p99 ${probe.end().toFixed(0)} ms`);
  await maild.dispose();
  if (postfix === null) return;
  await postfix.start();
  await send(postfix.port, fill);
  const list = median(await several(() => postfix.command('postqueue', '-j')));
  const summary = median(await several(() => postfix.command('qshape', 'hold')));
  const removal = (await postfix.command('postsuper', '-d', 'ALL')).seconds;
  row('postfix: postqueue -j', ms(list), ratio(figures['queue list --json'], list, 1 / 3));
  row('postfix: qshape', ms(summary), ratio(figures['queue summary'], summary, 1));
  row('postfix: postsuper -d ALL', ms(removal), ratio(clear, removal, 1 / 10));
  await postfix.stop();
}

async function several(once) {
  const seconds = [];
  for (let i = 0; i < runs; i++) seconds.push((await once()).seconds);
  return seconds;
}

const ms = (seconds) => `${(seconds * 1000).toFixed(0)} ms`;
const ratio = (ours, theirs, wanted) =>
  `  ours is ${(ours / theirs).toFixed(3)} of it: ${ours / theirs <= wanted ? 'ok' : 'MISSED'} (<= ${wanted.toFixed(3)})`;

/** One SMTP client that says NOOP now and again, and measures how long its answers take. */
class LatencyProbe {
  #port;
  #socket = null;
  #sentAt = 0;
  #times = [];
  #timer = null;

  constructor(port) {
    this.#port = port;
  }

  begin() {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1');
      this.#socket = socket;
      socket.setNoDelay(true);
      socket.on('error', reject);
      socket.once('data', () => {
        this.#say('EHLO probe.example.test');
        resolve();
      });
      socket.on('data', () => {
        if (this.#sentAt > 0) this.#times.push(performance.now() - this.#sentAt);
        this.#sentAt = 0;
        // MAIL and RSET by turns: they ask whether mail may be taken.
        this.#timer = setTimeout(
          () => this.#say(this.#times.length % 2 ? 'MAIL FROM:<a@example.test>' : 'RSET'),
          4,
        );
      });
    });
  }

  /** 99th percentile of the answers, in ms. */
  end() {
    clearTimeout(this.#timer);
    this.#socket.destroy();
    return this.#times.length > 0 ? percentile(this.#times, 0.99) : 0;
  }

  #say(line) {
    this.#sentAt = performance.now();
    this.#socket.write(`${line}\r\n`);
  }
}
