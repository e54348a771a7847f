/** Durable accept: messages a second into a queue that does not deliver, each 250 after a sync. */
import { Maild } from './maild.mjs';
import { postfix } from './postfix.mjs';
import { median, row, runs, send, verdict } from './tools.mjs';

const cases = [
  { name: '1 session, kept', sessions: 1, count: 1500, kept: true, wanted: 1.5 },
  { name: '10 sessions, kept', sessions: 10, count: 3000, kept: true, wanted: 2 },
  { name: '50 sessions, kept', sessions: 50, count: 3000, kept: true, wanted: 2 },
  { name: '10 sessions, a connection a message', sessions: 10, count: 2000, kept: false, wanted: 2 },
];

export async function accept() {
  row('', 'maild', 'postfix', '');
  for (const { name, wanted, ...load } of cases) {
    const ours = [];
    const theirs = [];
    for (let i = 0; i < runs; i++) {
      const maild = new Maild();
      await maild.start();
      ours.push(await send(maild.port, load));
      await maild.dispose();
      if (postfix === null) continue;
      await postfix.start();
      theirs.push(await send(postfix.port, load));
      await postfix.stop();
    }
    const rate = Math.round(median(ours));
    if (postfix === null) row(name, `${rate}/s`, '-');
    else
      row(
        name,
        `${rate}/s`,
        `${Math.round(median(theirs))}/s`,
        `  ${verdict(median(ours) / median(theirs), wanted)}`,
      );
  }
}
