import { describe, expect, it } from 'vitest';
import { ImapTestClient } from '../../helpers/imap-test-client.ts';
import { until } from '../../helpers/until.ts';
import { startImap } from './harness.ts';

describe('STARTTLS', () => {
  it('begins TLS, after which there is nothing to begin', async () => {
    const rig = await startImap();
    const client = await rig.client();
    await client.ok('STARTTLS');
    await client.startTls();
    const [told] = await client.ok('CAPABILITY');
    expect(told).toBe('* CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL- AUTH=PLAIN AUTH=LOGIN');
    expect((await client.say('STARTTLS'))[0]).toMatch(/^BAD /);
    await client.ok('LOGIN alice@example.com secret');
    expect(rig.registry.last.tls).toMatch(/^TLSv1\.[23]$/);
    client.close();
  });

  it('is refused after the login', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    expect((await client.say('STARTTLS'))[0]).toMatch(/^BAD /);
  });

  it('runs nothing that was put in front of it in the clear', async () => {
    const rig = await startImap();
    const client = await rig.client();
    client.write('a STARTTLS\r\nb LOGIN alice@example.com secret\r\nc NOOP\r\n');
    expect(await client.line()).toMatch(/^a OK /);
    // The rest of what was in the clear is no handshake, or was thrown away.
    await client.startTls().catch(() => {});
    if (!client.closed) expect(await client.say('NOOP')).toEqual(['OK Noop completed']);
    expect(rig.directory.logins).toEqual([]);
    client.close();
  });

  it('is not offered where there is none, nor where TLS is there from the start', async () => {
    const none = await startImap({ tls: 'none' });
    const inTheClear = await none.client();
    expect((await inTheClear.ok('CAPABILITY'))[0]).not.toContain('STARTTLS');
    expect((await inTheClear.say('STARTTLS'))[0]).toMatch(/^BAD /);
    const implicit = await startImap({ tls: 'implicit' });
    const client = await ImapTestClient.openTls(implicit.port);
    expect(await client.line()).not.toContain('STARTTLS');
    await client.ok('LOGIN alice@example.com secret');
    client.close();
    await until(() => implicit.registry.live.length === 0, 'the end of the session');
  });
});
