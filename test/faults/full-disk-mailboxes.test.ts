import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { databaseFaults } from '../helpers/database-check.ts';
import { ImapTestClient } from '../helpers/imap-test-client.ts';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { SmallDisk, whyNoSmallDisk } from '../helpers/small-disk.ts';
import { until } from '../helpers/until.ts';

const reason = whyNoSmallDisk();

async function annsClient(system: MailSystem): Promise<ImapTestClient> {
  const client = await ImapTestClient.connect(system.maild.ports.imap);
  onTestFinished(() => client.close());
  await client.ok(`LOGIN ${ann} "${annsPassword}"`);
  await client.ok('SELECT INBOX');
  return client;
}

/** Answers the tagged response. */
async function append(client: ImapTestClient, body: string): Promise<string> {
  const message = `Subject: kept\r\n\r\n${body}`;
  return (await client.say(`APPEND INBOX {${message.length}+}\r\n${message}`)).at(-1) ?? '';
}

describe(`mailboxes on a full disk${reason === null ? '' : ` (skipped: ${reason})`}`, {
  timeout: 90_000,
}, () => {
  it.skipIf(reason !== null).each([
    ['in the database', 'x'.repeat(30_000)],
    ['in files', `${'x'.repeat(70)}\r\n`.repeat(10_000)],
  ])(
    'APPEND %s is NO [OVERQUOTA]; mail is read on, nothing is lost, and it goes away by itself',
    async (_, body) => {
      const disk = new SmallDisk(48);
      // Where the helpers make their folders.
      vi.stubEnv('TMPDIR', disk.path);
      onTestFinished(() => void vi.unstubAllEnvs());
      const system = await startMailSystem({
        config: 'queue.min_free_space = "0"\nlog.file_size = "64k"\nlog.files = 1',
      });
      vi.unstubAllEnvs();
      const { maild } = system;
      const client = await annsClient(system);
      let kept = 0;
      const appended = async (): Promise<string> => {
        const answer = await append(client, body);
        if (answer.startsWith('OK')) kept += 1;
        else expect(answer).toMatch(/^NO \[(OVERQUOTA|UNAVAILABLE)\] /);
        return answer;
      };
      expect(await appended()).toMatch(/^OK \[APPENDUID /);

      disk.fill();
      await until(async () => (await appended()).startsWith('NO [OVERQUOTA]'), 'a NO [OVERQUOTA]', 30_000);
      expect((await client.ok('FETCH 1 (BODY[HEADER.FIELDS (SUBJECT)])')).join()).toContain('Subject: kept');
      expect((await client.ok('SEARCH SUBJECT kept')).join()).toContain('* SEARCH 1');

      disk.free();
      await until(async () => (await appended()).startsWith('OK'), 'an OK without a restart');
      expect((await client.ok('STATUS INBOX (MESSAGES)')).join()).toContain(`MESSAGES ${kept}`);
      await maild.restart();
      const again = await annsClient(system);
      expect((await again.ok('UID SEARCH ALL')).at(-2)?.split(' ').slice(2)).toHaveLength(kept);
      expect(await databaseFaults(maild.stateDir)).toEqual([]);
    },
  );
});
