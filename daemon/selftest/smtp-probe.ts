/**
 * Speaks to a listener of ours as a stranger would, as far as RCPT and never to DATA: nothing is sent.
 *
 * From which address it comes is chosen, for what a client may do depends on that. RFC 5321.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface ProbeTarget {
  /** To connect to; never 0.0.0.0 or `::`. */
  readonly host: string;
  readonly port: number;
  /** Address of this machine to come from. */
  readonly from: string;
}

export interface ProbeReply {
  readonly code: number;
  readonly text: string;
}

/** A reply has a few lines of 512 bytes; what is longer is none. */
const maxReplyBytes = 16_384;

/** The reply to each command, in order; ends early when one closes the session. Throws what keeps it from speaking. */
export async function probeSmtp(
  { host, port, from }: ProbeTarget,
  commands: readonly string[],
  signal: AbortSignal,
): Promise<readonly ProbeReply[]> {
  const socket = connect({ host, port, localAddress: from });
  const stop = () => socket.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', stop);
  try {
    await once(socket, 'connect', { signal });
    socket.setEncoding('latin1');
    const replies = readReplies(socket);
    const answers: ProbeReply[] = [];
    for (const command of [null, 'EHLO self-test.invalid', ...commands]) {
      if (command !== null) socket.write(`${command}\r\n`);
      const { value: reply } = await replies.next();
      if (reply === undefined) break;
      if (command === null || command.startsWith('EHLO ')) {
        if (reply.code >= 400) throw new Error(`the listener says: ${reply.text}`);
      } else answers.push(reply);
      if (reply.code === 421) break;
    }
    socket.write('QUIT\r\n');
    return answers;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.on('error', () => {});
    socket.destroySoon();
  }
}

async function* readReplies(socket: Socket): AsyncGenerator<ProbeReply, undefined> {
  let text = '';
  for await (const chunk of socket as AsyncIterable<string>) {
    text += chunk;
    if (text.length > maxReplyBytes) throw new Error('a reply without an end');
    for (let end = /^\d{3}(?: .*)?\r\n/m.exec(text); end !== null; end = /^\d{3}(?: .*)?\r\n/m.exec(text)) {
      const reply = text.slice(0, end.index + end[0].length).trimEnd();
      text = text.slice(end.index + end[0].length);
      yield { code: Number(end[0].slice(0, 3)), text: reply };
    }
  }
  return undefined;
}
