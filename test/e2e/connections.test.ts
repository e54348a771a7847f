/** A mailbox elsewhere collected, as an operator sets it up and watches it: mailctl, maild and Dovecot. */
import { describe, expect, it } from 'vitest';
import { startMaild } from '../helpers/daemon.ts';
import { Dovecot, dovecot, password } from '../helpers/dovecot.ts';
import { mailboxContents } from '../helpers/mailbox-contents.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

const config = 'domains = ["ours.example"]\n';
const letter = (n: number): string =>
  `From: joe@elsewhere.example\r\nTo: ann@ours.example\r\nSubject: letter ${n}\r\nMessage-ID: <${n}@elsewhere.example>\r\n\r\nThis is number ${n}.\r\n.with a dot\r\n`;
const letters = (count: number, from = 1): string[] => Array.from({ length: count }, (_, i) => letter(from + i));

describe.skipIf(dovecot === null)(`with Dovecot (${dovecot ?? 'not installed'})`, () => {
  it('a POP3 mailbox is set up, tried, emptied, and watched while it is', async () => {
    const server = await Dovecot.start();
    server.deliver('ann', letters(30));
    const maild = await startMaild({ config });
    await maild.call('accounts.add', { address: 'ann@ours.example', password: 'irrelevant' });
    const mailctl = (...args: string[]) => runMailctl(args, { socket: maild.socket, stdin: `${password}\n` });

    const added = await mailctl(
      ...['connections', 'add', 'isp', '--pop3', `127.0.0.1:${server.pop3Port}`, '--tls', 'starttls'],
      ...['--user', 'ann', '--deliver-to', 'ann@ours.example', '--delete', '--password-stdin'],
    );
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('Connection isp was made') });

    const tested = await mailctl('connections', 'test', 'isp');
    expect(tested).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok .*logged in, 30 messages \(TLSv1\.3/) });
    expect(server.count('ann')).toBe(30);

    await maild.call('server.pause', { parts: ['collecting'] });
    const followed = await mailctl('connect-now', 'isp', '--follow');
    expect(followed.stdout).toMatch(/Collected: pop3 127\.0\.0\.1 ann, 30 collected, 30 deleted there/);
    expect(followed.stdout).toMatch(/Finished: ok, 30 collected, 0 sent\n$/);
    expect(followed.code).toBe(0);

    expect(server.count('ann')).toBe(0);
    const status = await maild.call('status.get', {});
    expect(status.counters).toMatchObject({ processedMessages: 30, collectedMessages: 30, deliveredMessages: 30 });
    expect(status.connection).toMatchObject({ state: 'idle', lastPollResult: 'ok' });
    const shown = await mailctl('connections', 'show', 'isp');
    expect(shown.stdout).toMatch(/Totals +1 runs \(0 failed\), 30 collected/);
    expect(shown.stdout + (await mailctl('connections', 'show', 'isp', '--json')).stdout).not.toContain(password);
    expect(maild.logs()).not.toContain(password);

    await maild.stop();
    const contents = await mailboxContents(maild.stateDir);
    expect(contents.map((body) => body.replace(/^Received:[\s\S]*?\r\n(?!\t)/, '')).sort()).toEqual(letters(30).sort());
    expect(contents[0]).toMatch(/^Received: from 127\.0\.0\.1 \(\[127\.0\.0\.1\]\)\r\n\tby maild\.test with POP3 id \d+/);
  });
});
