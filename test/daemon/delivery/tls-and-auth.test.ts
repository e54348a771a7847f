/** TLS when it can be had, and passwords only where nobody can listen. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NextHop } from '../../../daemon/config/config.ts';
import { DeliveryRig, via } from '../../helpers/delivery-rig.ts';
import { RemoteSmtp } from '../../helpers/remote-smtp.ts';
import { until } from '../../helpers/until.ts';

let remote: RemoteSmtp;
let rig: DeliveryRig;

beforeEach(async () => {
  remote = await RemoteSmtp.start();
  remote.extensions = ['PIPELINING', 'STARTTLS', 'AUTH PLAIN LOGIN'];
});
afterEach(async () => {
  await rig.stop();
  await remote.stop();
});

async function deliver(hop: Partial<NextHop> = {}) {
  rig = new DeliveryRig({
    routes: [{ domain: '*', via: via(remote.port, hop) }],
    delivery: { attemptTimeoutMs: 1_000 },
  });
  const id = rig.queue.add({ to: ['a@there.test'] });
  rig.delivery.start();
  await until(() => rig.queue.resultsOf(id).length > 0, 'an outcome');
  return rig.queue.resultsOf(id)[0];
}

describe('STARTTLS', () => {
  test('is used when it is offered, and shown', async () => {
    const result = await deliver();
    expect(result).toMatchObject({ outcome: 'delivered', tls: 'TLSv1.3' });
    expect(remote.messages[0]?.tls).toBe(true);
    expect(rig.sessions.all[0]?.tls).toBe('TLSv1.3');
  });

  test('refused, goes on in the clear on the same connection', async () => {
    remote.script.starttls = '454 4.7.0 not now';
    expect(await deliver()).toMatchObject({ outcome: 'delivered', tls: null });
    expect(remote.connections).toBe(1);
  });

  test('that breaks in the handshake is tried again in the clear', async () => {
    remote.brokenTls = true;
    expect(await deliver()).toMatchObject({ outcome: 'delivered', tls: null });
    expect(remote.connections).toBe(2);
  });

  test.each(['close', 'garbage', 'hang', 'endless'] as const)(
    'answered by %s goes on in the clear',
    async (step) => {
      remote.script.starttls = step;
      expect(await deliver()).toMatchObject({ outcome: 'delivered', tls: null });
    },
  );

  test('that is required defers when it breaks, is refused, or is not offered', async () => {
    remote.brokenTls = true;
    expect(await deliver({ tls: 'required' })).toMatchObject({ outcome: 'deferred', enhancedCode: '4.7.5' });
    await rig.stop();
    remote.script.starttls = '454 4.7.0 not now';
    expect(await deliver({ tls: 'required' })).toMatchObject({ outcome: 'deferred', code: 454 });
    await rig.stop();
    remote.script.starttls = '502 5.5.1 what?';
    remote.extensions = [];
    expect(await deliver({ tls: 'required' })).toMatchObject({ outcome: 'deferred' });
    expect(remote.messages).toEqual([]);
  });

  test('is left alone where the route says none', async () => {
    expect(await deliver({ tls: 'none' })).toMatchObject({ outcome: 'delivered', tls: null });
    expect(remote.commands).not.toContain('STARTTLS');
  });
});

describe('AUTH', () => {
  const hop = { user: 'smart', password: 'hunter2 geheim' };
  const everything = () =>
    JSON.stringify([
      rig.sessions.all.map((s) => s.lines),
      rig.log,
      rig.queue.outcomes,
      rig.queue.reports.map(String),
    ]);
  const secrets = [hop.password, ...['hunter2 geheim', '\0smart\0hunter2 geheim'].map((s) => btoa(s))];

  test.each(['AUTH PLAIN', 'AUTH LOGIN'])(
    '%s logs in, and the password is in no transcript and no log',
    async (auth) => {
      remote.extensions = ['STARTTLS', auth];
      expect(await deliver(hop)).toMatchObject({ outcome: 'delivered', tls: 'TLSv1.3' });
      expect(rig.sessions.all[0]?.user).toBe('smart');
      expect(remote.commands.join('\n')).toContain(secrets[auth === 'AUTH PLAIN' ? 2 : 1]);
      for (const secret of secrets) expect(everything()).not.toContain(secret);
    },
  );

  test('goes on in the clear on loopback only: refused beyond it is a matter of the address', async () => {
    remote.extensions = ['AUTH PLAIN'];
    expect(await deliver(hop)).toMatchObject({ outcome: 'delivered', tls: null });
  });

  test('refused defers the mail, and a password that the server repeats is masked', async () => {
    remote.script.auth = `535 5.7.8 no, not ${hop.password}`;
    const result = await deliver(hop);
    expect(result).toMatchObject({ outcome: 'deferred', code: 535 });
    expect(result?.reply).toContain('535 5.7.8 no, not ***');
    for (const secret of secrets) expect(everything()).not.toContain(secret);
  });

  test('that is not offered defers the mail', async () => {
    remote.extensions = ['STARTTLS'];
    expect((await deliver(hop))?.reply).toMatch(/offers no AUTH/);
  });

  test.each(['close', 'hang', 'garbage', 'endless'] as const)('%s defers the mail', async (step) => {
    remote.script.auth = step;
    expect((await deliver(hop))?.outcome).toBe('deferred');
    expect(remote.messages).toEqual([]);
  });
});
