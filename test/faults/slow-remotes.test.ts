import { expect, it, onTestFinished } from 'vitest';
import { startMaild } from '../helpers/daemon.ts';
import { RemoteSmtp, type Script } from '../helpers/remote-smtp.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

const concurrency = 6;
/** As many for each bad domain, so that they could take every slot there is many times over. */
const messagesEach = 12;
const bad: Readonly<Record<string, Script>> = {
  'banner.example': { connect: 'hang' },
  'ehlo.example': { ehlo: 'hang' },
  'rcpt.example': { rcpt: 'hang' },
  'dot.example': { dot: 'hang' },
  'endless.example': { ehlo: 'endless' },
  'garbage.example': { mail: 'garbage' },
};

it('domains whose servers hang or talk without end do not hold up the others', {
  timeout: 60_000,
}, async () => {
  const servers = await Promise.all([
    RemoteSmtp.start(),
    ...Object.values(bad).map((script) => RemoteSmtp.start(script)),
  ]);
  onTestFinished(async () => void (await Promise.all(servers.map((server) => server.stop()))));
  const [live, ...others] = servers;
  const route = (domain: string, port = 0) =>
    `[[routes]]\ndomain = "${domain}"\nvia = "smtp://127.0.0.1:${port}"\n`;
  const maild = await startMaild({
    config: [
      `delivery.concurrency = ${concurrency}\ndelivery.concurrency_per_domain = 5\n`,
      'delivery.attempt_timeout = "2s"\ndelivery.retry_schedule = ["1s"]\n',
      ...Object.keys(bad).map((domain, i) => route(domain, others[i]?.port)),
      route('live.example', live?.port),
    ].join(''),
  });
  await maild.call('server.pause', { parts: ['delivering'] });
  const client = await SmtpTestClient.ready(maild.ports.smtp);
  for (let n = 0; n < messagesEach; n += 1)
    for (const domain of Object.keys(bad)) {
      await client.envelope('a@elsewhere.example', [`bob@${domain}`]);
      expect((await client.message('Subject: slow\r\n\r\nhello')).code).toBe(250);
    }
  await maild.call('server.resume', { parts: ['delivering'] });
  await until(
    async () => (await maild.call('status.get', {})).sessions.smtpClient >= concurrency / 2,
    'hanging deliveries',
  );

  // They all have failed once by now or hang: what is new for the live domain goes out all the same, and soon.
  const letters = 40;
  for (let n = 0; n < letters; n += 1) {
    await client.envelope('a@elsewhere.example', ['bob@live.example']);
    await client.message(`Subject: live ${n}\r\n\r\nhello`);
  }
  await until(() => live?.messages.length === letters, 'the mail of the live domain', 20_000);
  const waiting = (await maild.call('queue.summary', { by: 'domain' })).rows;
  expect(waiting.map(({ key }) => key).sort()).toEqual(Object.keys(bad).sort());
  // Nobody there waits without a reason, and none of it has been lost.
  expect(waiting.every(({ messages }) => messages === messagesEach)).toBe(true);
  const { loopDelayMs } = (await maild.call('status.get', {})).service;
  expect(loopDelayMs).toBeLessThan(1_000);
  client.close();
});
