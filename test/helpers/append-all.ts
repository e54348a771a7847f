/** Fills a folder by IMAP4 in one breath: APPENDs with LITERAL+, all sent before the first is answered (RFC 3501 5.5). */
import { once } from 'node:events';
import { connect } from 'node:net';
import { password } from './mail-server.ts';

/** `messages` a character a byte; `flags` as `\\Seen \\Flagged`. */
export async function appendAll(
  port: number,
  user: string,
  messages: readonly string[],
  { folder = 'INBOX', flags = '' } = {},
): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let said = '';
  let loggedIn = false;
  const commands = [
    ...(folder === 'INBOX' ? [] : [`CREATE ${folder}`]),
    ...messages.map((message) => `APPEND ${folder} (${flags}) {${message.length}+}\r\n${message}`),
    'LOGOUT',
  ];
  socket.setEncoding('latin1').on('data', (data) => {
    said += data;
    if (loggedIn || !/^login OK/m.test(said)) return;
    loggedIn = true;
    socket.write(commands.map((command, n) => `a${n} ${command}\r\n`).join(''), 'latin1');
  });
  socket.write(`login LOGIN ${user} ${password}\r\n`);
  await once(socket, 'close');
  const first = commands.length - 1 - messages.length;
  const appended = [...said.matchAll(/^a(\d+) OK /gm)].filter(([, n]) => Number(n) >= first).length - 1;
  if (appended !== messages.length)
    throw new Error(
      `${appended} of ${messages.length} messages were appended: ${/^a\d+ (?!OK).*/m.exec(said)?.[0]}`,
    );
}
