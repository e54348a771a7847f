/**
 * Two messages hidden in one DATA, the way a sender behind a careless server would try it: through maild and on to a
 * server that writes down each byte. Never may the second one come out on its own, nor a bare CR or LF be passed on.
 */
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RunningMaild, startMaild } from '../helpers/daemon.ts';
import { databaseFaults } from '../helpers/database-check.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

const endings = [
  '\n.\n',
  '\n.\r\n',
  '\r.\r',
  '\r.\r\n',
  '\r.\n',
  '\n.\r',
  '\r\n.\n',
  '\r\n.\r',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\0\n.\r\n',
  '\r\n.\r\0\n',
  '\r\n..\r\n',
  '\r\n. \r\n',
  '\r\n.\r\r\n',
  '\r\n\n.\r\n',
  '\x85.\x85',
  '\x0b.\x0b',
  '\x0c.\x0c',
] as const;
/** Those that are no more than text. */
const harmless = new Set<string>(['\r\n..\r\n', '\r\n. \r\n', '\x85.\x85', '\x0b.\x0b', '\x0c.\x0c']);

const smuggled =
  'MAIL FROM:<evil@elsewhere.example>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\nSubject: smuggled\r\n\r\nevil';

/** The plainest server there is: keeps what comes, and takes CRLF.CRLF and nothing else for an end. */
class CapturingServer {
  /** What came between 354 and the end, and all commands. */
  readonly contents: string[] = [];
  readonly commands: string[] = [];

  async listen(): Promise<number> {
    const server = createServer((socket) => this.#serve(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  #serve(socket: Socket): void {
    let buffer = '';
    let data = false;
    socket.on('error', () => {});
    socket.write('220 capture.test ESMTP\r\n');
    socket.setEncoding('latin1').on('data', (text) => {
      buffer += text;
      for (;;) {
        const end = buffer.indexOf(data ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const piece = buffer.slice(0, end);
        buffer = buffer.slice(end + (data ? 5 : 2));
        (data ? this.contents : this.commands).push(piece);
        const starts = !data && piece === 'DATA';
        data = starts;
        socket.write(starts ? '354 go\r\n' : '250 fine\r\n');
      }
    });
  }
}

/** Sends the two in one, and then an honest one; in one write, or byte by byte. */
async function send(maild: RunningMaild, ending: string, split: boolean): Promise<readonly number[]> {
  const client = await SmtpTestClient.ready(maild.ports.smtp);
  await client.envelope('sender@elsewhere.example', ['bob@example.net']);
  await client.say('DATA', 354);
  const text = `Subject: outer\r\n\r\nbefore${ending}${smuggled}\r\n.\r\n`;
  if (split) for (const byte of Buffer.from(text, 'latin1')) client.write(Buffer.from([byte]));
  else client.write(text);
  const first = await client.reply();
  await client.envelope('sender@elsewhere.example', ['bob@example.net']);
  const { code } = await client.message('Subject: honest\r\n\r\nhello');
  client.close();
  return [first?.code ?? 0, code];
}

describe('a smuggled end of data', () => {
  it.each(['in one piece', 'byte by byte'])('never makes two messages of one, sent %s', async (how) => {
    const capture = new CapturingServer();
    const port = await capture.listen();
    const maild = await startMaild({
      config: `[[routes]]\ndomain = "*"\nvia = "smtp://127.0.0.1:${port}"\ntls = "none"\n`,
    });
    let expected = 0;
    for (const ending of endings) {
      const [first, honest] = await send(maild, ending, how === 'byte by byte');
      expect(first, JSON.stringify(ending)).toBe(harmless.has(ending) ? 250 : 550);
      expect(honest).toBe(250);
      expected += harmless.has(ending) ? 2 : 1;
    }
    await until(() => capture.contents.length >= expected, `${expected} messages`);
    const { queue } = await maild.call('status.get', {});
    expect(queue.total).toBe(0);
    expect(capture.contents).toHaveLength(expected);
    for (const content of capture.contents) {
      expect(content).toMatch(/^Received: [\s\S]*\r\nSubject: (outer|honest)\r\n/);
      expect(content).not.toMatch(/\r(?!\n)|(?<!\r)\n|\0/);
    }
    expect(capture.commands.filter((line) => /evil|victim/.test(line))).toEqual([]);
    // What was but text came through as it was.
    expect(capture.contents.some((content) => content.includes('before\r\n..\r\nMAIL FROM'))).toBe(true);
    expect(await databaseFaults(maild.stateDir)).toEqual([]);
  });
});
