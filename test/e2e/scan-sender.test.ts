/** Who a message says it is from: what strangers claim is checked, and what our accounts send is signed. */
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeDns, type Zone } from '../helpers/fake-dns.ts';
import { ann, annsPassword, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';

const zones: Record<string, Zone> = {
  'strict.test': { TXT: ['v=spf1 -all'] },
  '_dmarc.strict.test': { TXT: ['v=DMARC1; p=reject'] },
  'careful.test': { TXT: ['v=spf1 -all'] },
  '_dmarc.careful.test': { TXT: ['v=DMARC1; p=quarantine'] },
  'good.test': { TXT: ['v=spf1 ip4:127.0.0.1 -all'] },
  '_dmarc.good.test': { TXT: ['v=DMARC1; p=reject'] },
};

/** Clients are strangers here: loopback is not trusted. */
async function systemWith(mode: string) {
  const dns = await FakeDns.start(zones);
  onTestFinished(() => dns.stop());
  const config = `relay_networks = []\ndns.servers = ["${dns.server}"]\nsmtp.greeting_delay = "0s"\nverify.mode = "${mode}"\n`;
  return startMailSystem({ config });
}

describe('what strangers send', () => {
  it('is refused or kept back as the DMARC policy of its author asks, and passes when it is genuine', async () => {
    const system = await systemWith('enforce');
    const from = (domain: string) => system.attempt({ from: `eve@${domain}`, to: [ann] });
    expect(await from('strict.test')).toMatchObject({ code: 550, text: expect.stringContaining('5.7.26') });
    expect(await from('careful.test')).toMatchObject({ code: 250 });
    expect(await from('good.test')).toMatchObject({ code: 250 });
    const inbox = await system.inbox();
    expect(inbox).toHaveLength(1);
    expect(inbox[0]?.content).toMatch(
      /^Authentication-Results: maild\.test;\r\n\tspf=pass[^\r]*eve@good\.test[\s\S]*dmarc=pass/,
    );
    expect(jsonLines(await system.told('quarantine', '--json'))).toMatchObject([
      { kind: 'sender', scanner: 'dmarc', reason: 'careful.test asks for p=quarantine' },
    ]);
  });

  it('is only marked when that is wanted, and cannot claim to have been checked', async () => {
    const system = await systemWith('mark');
    const client = await system.client();
    await client.envelope('eve@strict.test', [ann]);
    const forged = 'Authentication-Results: (x) maild.test; dmarc=pass header.from=strict.test\r\n';
    await client.message(`${forged}From: <eve@strict.test>\r\nSubject: x\r\n\r\nhello`);
    client.close();
    const [entry] = await system.inbox();
    expect(entry?.content).toContain('dmarc=fail');
    expect(entry?.content).not.toContain('dmarc=pass');
  });
});

describe('what our accounts send', () => {
  const submit = async (port: number, to: string, body: string) => {
    const client = await SmtpTestClient.ready(port);
    const token = Buffer.from(`\0${ann}\0${annsPassword}`).toString('base64');
    await client.say(`AUTH PLAIN ${token}`, 235);
    await client.envelope(ann, [to]);
    expect(await client.message(body)).toMatchObject({ code: 250 });
    client.close();
  };
  const letter = `From: Ann <${ann}>\r\nSubject: signed\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n\r\n..dot\r\nhello  \r\n`;

  it('is signed with the key of its domain, whose record mailctl prints', async () => {
    const system = await startMailSystem();
    await submit(system.maild.ports.submission, 'bob@example.net', letter);
    const printed = await system.told('domains', 'dkim', 'example.org');
    expect(printed).toMatch(
      /^mail\._domainkey\.example\.org\. IN TXT \( "v=DKIM1; k=rsa; p=[^"]{1,255}" "[^"]+" \)\n$/,
    );
    const { record, created } = JSON.parse(await system.told('domains', 'dkim', 'example.org', '--json'));
    expect(created).toBe(false);
    await submit(system.maild.ports.submission, 'bob@example.net', letter);
    await system.queueEmpty();
    const [unsigned, signed] = system.remote.messages.map(({ body }) => Buffer.from(body, 'latin1'));
    expect(unsigned?.toString()).not.toContain('DKIM-Signature');
    const verified = await dkimVerify(signed ?? '', {
      resolver: async (name: string) => {
        if (name !== record.name) throw Object.assign(new Error(name), { code: 'ENOTFOUND' });
        return [[record.value]];
      },
    });
    expect(verified.results).toMatchObject([
      { signingDomain: 'example.org', selector: 'mail', status: { result: 'pass' } },
    ]);
  });

  it('is signed after a restart, and not when it comes from somebody else', async () => {
    const system = await startMailSystem();
    await system.told('domains', 'dkim', 'example.org', '--selector', 'k2');
    await system.maild.restart();
    await submit(system.maild.ports.submission, ann, letter);
    await system.send({ from: ann, to: [ann] });
    const [own, other] = await system.inbox();
    expect(own?.content).toMatch(/^DKIM-Signature: [\s\S]*s=k2;/);
    expect(other?.content).not.toContain('DKIM-Signature');
    expect((await system.mailctl('domains', 'dkim', 'example.net')).code).toBe(1);
  });
});
