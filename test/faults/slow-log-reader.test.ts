import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { protocolVersion } from '../../shared/version.ts';
import { type RunningMaild, startMaild } from '../helpers/daemon.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

const mostBytes = 8 * 1024 * 1024;
/** Ten seconds of 10,000 lines a second. */
const manyLines = 100_000;
/** Several, so that what one of them costs stands out from the heap's own ups and downs. */
const howMany = 6;

/** A client that follows the log on a bare socket, and can stop reading. */
class Follower {
  readonly #socket: Socket;
  #rest = '';
  #subscribed = false;
  readonly events: { seq: number; skipped?: number; data: { seq: number } }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  static async start(path: string): Promise<Follower> {
    const socket = connect(path);
    await once(socket, 'connect');
    onTestFinished(() => void socket.destroy());
    const follower = new Follower(socket);
    const hello = { protocol: protocolVersion, client: 'test/1' };
    follower.#call(1, 'service.hello', hello);
    follower.#call(2, 'events.subscribe', { topics: ['log'], log: { level: 'trace' }, logLines: 0 });
    await until(() => follower.#subscribed, 'the answer');
    return follower;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #call(id: number, method: string, params: object): void {
    this.#socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.method === 'event') this.events.push(message.params);
      else if (message.id === 2) this.#subscribed = message.result !== undefined;
    }
  }
}

/** What a stage of the test came to. */
interface Talk {
  readonly lines: number;
  /** The least that maild took in its second half: what is above that is garbage not yet collected. */
  readonly residentBytes: number;
}

/** Has maild log so many lines. */
async function talk(maild: RunningMaild, lines: number): Promise<Talk> {
  const samples: number[] = [];
  const before = await newest(maild);
  const pieces = 500;
  while ((await newest(maild)) - before < lines) {
    const client = await SmtpTestClient.ready(maild.ports.smtp);
    await client.say('MAIL FROM:<a@elsewhere.example>', 250);
    for (let group = 0; group < 4; group += 1) {
      client.write(
        Array.from({ length: pieces }, (_, n) => `RCPT TO:<n${group}-${n}@elsewhere.example>\r\n`).join(''),
      );
      for (let n = 0; n < pieces; n += 1) await client.reply();
    }
    client.close();
    samples.push(residentBytes(maild));
  }
  return {
    lines: (await newest(maild)) - before,
    residentBytes: Math.min(...samples.slice(Math.floor(samples.length / 2))),
  };
}

const newest = async (maild: RunningMaild): Promise<number> =>
  (await maild.call('log.list', { limit: 1 })).entries[0]?.seq ?? 0;

function residentBytes(maild: RunningMaild): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${maild.pid}/status`, 'utf8'))?.[1]) * 1_024;
}

it.skipIf(process.platform !== 'linux')(
  'a client that stops reading the log costs little memory, no delay, and is told what it missed',
  { timeout: 120_000 },
  async () => {
    const maild = await startMaild({
      config:
        'log.levels = { smtp = "trace", control = "warn" }\nlog.file_size = "1M"\nlog.files = 1\nsmtp.max_recipients = 10000\n',
      env: { NODE_OPTIONS: '--max-semi-space-size=2' },
    });
    const reader = await Follower.start(maild.socket);
    // The heap finds its size, with a follower that reads.
    await talk(maild, manyLines);
    const before = await talk(maild, manyLines);
    const stuck = await Promise.all(Array.from({ length: howMany }, () => Follower.start(maild.socket)));
    for (const follower of stuck) follower.pause();
    const began = performance.now();
    const after = await talk(maild, manyLines);
    const seconds = (performance.now() - began) / 1_000;
    const grown = (after.residentBytes - before.residentBytes) / howMany;
    expect(grown, `bytes each after ${after.lines} lines in ${seconds.toFixed(1)} s`).toBeLessThan(mostBytes);

    for (const follower of stuck) follower.resume();
    const dropped = await newest(maild);
    await until(async () => {
      // What was dropped is told of with the next line that is not.
      await talk(maild, 1);
      return stuck.every(({ events }) => (events.at(-1)?.data.seq ?? 0) > dropped);
    }, 'a new line with who did not read');
    expect(skippedBy(reader)).toBe(0);
    for (const follower of stuck) {
      expect(skippedBy(follower)).toBeGreaterThan(manyLines / 2);
      // Nothing is missing that it was not told of.
      const [first, last] = [follower.events[0]?.data.seq ?? 0, follower.events.at(-1)?.data.seq ?? 0];
      expect(follower.events.length + skippedBy(follower)).toBe(last - first + 1);
    }
  },
);

const skippedBy = ({ events }: Follower): number => events.reduce((sum, { skipped = 0 }) => sum + skipped, 0);
