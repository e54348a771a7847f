/**
 * A neighbour that programs hand what they fetched to, by LMTP (RFC 2033): it takes all senders and recipients, however
 * they are written, and keeps everything in memory.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface LmtpInbox {
  readonly port: number;
  /** A character a byte. */
  readonly messages: readonly string[];
}

/** Ends with the test. */
export async function startLmtpInbox(): Promise<LmtpInbox> {
  const messages: string[] = [];
  const server = createServer((socket) => serve(socket, messages));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, messages };
}

/** One recipient a message, as collectors have it. */
function serve(socket: Socket, messages: string[]): void {
  let rest = '';
  let data: string[] | null = null;
  const take = (line: string): string | null => {
    if (data === null) {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'DATA') data = [];
      if (verb === 'QUIT') socket.end('221 bye\r\n');
      return verb === 'DATA' ? '354 go on' : '250 ok';
    }
    if (line !== '.') {
      data.push(line.startsWith('.') ? line.slice(1) : line);
      return null;
    }
    messages.push(data.map((kept) => `${kept}\r\n`).join(''));
    data = null;
    return '250 kept';
  };
  socket.setEncoding('latin1').on('data', (text) => {
    const lines = `${rest}${text}`.split('\r\n');
    rest = lines.pop() ?? '';
    const replies = lines.map(take).filter((reply) => reply !== null);
    if (socket.writable) socket.write(replies.map((reply) => `${reply}\r\n`).join(''));
  });
  socket.on('error', () => socket.destroy());
  socket.write('220 inbox\r\n');
}
