/** Memory with idle sessions. */
import { connect } from 'node:net';
import { Maild } from './maild.mjs';
import { row } from './tools.mjs';

const sessions = 500;

export async function memory() {
  const maild = new Maild();
  await maild.start();
  row('idle', `${maild.rssMb().toFixed(0)} MB`);
  const sockets = await Promise.all(Array.from({ length: sessions }, () => open(maild.port)));
  const mb = maild.rssMb();
  row(`${sessions} idle SMTP sessions`, `${mb.toFixed(0)} MB`, `  ${mb < 110 ? 'ok' : 'MISSED'} (< 110 MB)`);
  for (const socket of sockets) socket.destroy();
  await maild.dispose();
}

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', reject);
    let text = '';
    socket.on('data', (data) => {
      if (text === '') socket.write('EHLO client.example.test\r\n');
      text += data;
      if (/^250 /m.test(text)) resolve(socket);
    });
  });
}
