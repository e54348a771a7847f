import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Machine } from '../../../daemon/config/build-config.ts';
import { ConfigError, faultText, loadConfig } from '../../../daemon/config/load-config.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'maild-config-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const machine = (
  options: { root?: boolean; ipv6?: boolean; env?: Record<string, string> } = {},
): Machine => ({
  surroundings: {
    platform: 'linux',
    env: options.env ?? {},
    root: options.root ?? false,
    home: '/nonexistent/home',
    userName: 'someone',
  },
  hostname: 'box',
  ipv6: options.ipv6 ?? false,
});

function file(text: string): string {
  const path = join(dir, 'maild.toml');
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

const load = (text: string, at = machine()) => loadConfig({ configFile: file(text) }, at);

/** The faults of a text, as they are printed, without the path of the file. */
function faults(text: string): string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((fault) => faultText({ ...fault, file: 'f' }));
  }
}

describe('defaults', () => {
  it('listen on loopback for a plain user, with or without a file', () => {
    const expected = [
      { protocol: 'smtp', address: '127.0.0.1', port: 2525, tls: 'starttls' },
      { protocol: 'submission', address: '127.0.0.1', port: 2587, tls: 'starttls' },
      { protocol: 'pop3', address: '127.0.0.1', port: 2110, tls: 'starttls' },
      { protocol: 'imap', address: '127.0.0.1', port: 2143, tls: 'starttls' },
    ];
    expect(loadConfig({}, machine()).config.listeners).toEqual(expected);
    expect(load('hostname = "a.example"').config.listeners).toEqual(expected);
  });

  it('listen for the world for root with a configuration, and on loopback without one', () => {
    const root = machine({ root: true, ipv6: true, env: { MAILD_CONFIG: '' } });
    expect(load('hostname = "a.example"', root).config.listeners).toEqual([
      { protocol: 'smtp', address: '::', port: 25, tls: 'starttls' },
      { protocol: 'submission', address: '::', port: 587, tls: 'starttls' },
      { protocol: 'submission', address: '::', port: 465, tls: 'implicit' },
      { protocol: 'pop3', address: '::', port: 110, tls: 'starttls' },
      { protocol: 'pop3', address: '::', port: 995, tls: 'implicit' },
      { protocol: 'imap', address: '::', port: 143, tls: 'starttls' },
      { protocol: 'imap', address: '::', port: 993, tls: 'implicit' },
    ]);
    expect(load('', machine({ root: true })).config.listeners[0]?.address).toBe('0.0.0.0');
  });

  it('take the state directory from XDG_STATE_HOME and the socket from XDG_RUNTIME_DIR', () => {
    const env = { XDG_STATE_HOME: '/xs', XDG_RUNTIME_DIR: '/xr' };
    const { config, file: used } = loadConfig({}, machine({ env }));
    expect(used).toBeNull();
    expect(config.stateDir).toBe('/xs/maild');
    expect(config.control.socket).toBe('/xr/maild/maild.sock');
    expect(loadConfig({}, machine()).config.control.socket).toBe(
      '/nonexistent/home/.local/state/maild/maild.sock',
    );
  });

  it('are those of the design', () => {
    const { config } = loadConfig({}, machine());
    expect(config.hostname).toBe('box');
    expect(config.relayNetworks).toEqual(['127.0.0.0/8', '::1/128']);
    expect(config.maxMessageBytes).toBe(50 * 1024 * 1024);
    expect(config.delivery).toMatchObject({ concurrency: 20, concurrencyPerDomain: 5 });
    expect(config.delivery.retryScheduleMs).toEqual([60_000, 300_000, 900_000, 3_600_000, 14_400_000]);
    expect(config.limits).toEqual({
      connections: 20_000,
      connectionsPerAddress: 100,
      connectionsPerUser: 50,
    });
  });
});

describe('a configuration file', () => {
  it('may have every key of the example in the design', () => {
    const { config } = load(`
      hostname = "Mail.Example.Org"
      state_dir = "/var/lib/maild"
      relay_networks = ["127.0.0.0/8", "::1/128"]
      domains = ["example.org", "bücher.example"]
      max_message_size = "50M"
      [control]
      socket = "/run/maild/maild.sock"
      group = "mailadm"
      [[listeners]]
      protocol = "smtp"
      address = "127.0.0.1"
      port = 2525
      tls = "starttls"
      [[routes]]
      domain = "*.example.net"
      via = "smtp://127.0.0.1:2626"
      [delivery]
      concurrency = 20
      concurrency_per_domain = 5
      retry_schedule = ["1m", "5m", "15m", "1h", "4h"]
      expire_after = "5d"
      [limits]
      connections = 10000
      connections_per_address = 100
      [scan.clamd]
      address = "unix:/run/clamav/clamd.ctl"
      [scan.spamd]
      address = "127.0.0.1:783"
    `);
    expect(config.hostname).toBe('mail.example.org');
    expect(config.domains).toEqual(['example.org', 'xn--bcher-kva.example']);
    expect(config.control).toEqual({ socket: '/run/maild/maild.sock', group: 'mailadm' });
    expect(config.routes).toEqual([
      { domain: '*.example.net', via: { host: '127.0.0.1', port: 2626, tls: 'opportunistic' } },
    ]);
    expect(config.scan).toMatchObject({
      clamd: { address: { path: '/run/clamav/clamd.ctl' }, action: 'reject', unavailable: 'defer' },
      spamd: { address: { host: '127.0.0.1', port: 783 }, action: 'mark', unavailable: 'accept' },
      rspamd: null,
    });
  });

  it('yields to the environment, and that to an option', () => {
    const path = file('state_dir = "/from/file"\ncontrol.socket = "/from/file.sock"');
    const at = machine({ env: { MAILD_SOCKET: '/from/env.sock', MAILD_CONFIG: path } });
    const { config } = loadConfig({ stateDir: '/from/option' }, at);
    expect(config.stateDir).toBe('/from/option');
    expect(config.control.socket).toBe('/from/env.sock');
  });

  it('asks for encryption where a password would cross the network', () => {
    const routes = (via: string, more = '') =>
      load(`[[routes]]\ndomain = "*"\nvia = "${via}"\n${more}`).config.routes[0]?.via;
    expect(routes('smtp://u:p%40w@relay.example:587')).toEqual({
      host: 'relay.example',
      port: 587,
      tls: 'required',
      user: 'u',
      password: 'p@w',
    });
    expect(routes('smtp://u:pw@127.0.0.1:587')?.tls).toBe('opportunistic');
    expect(routes('smtps://u:pw@relay.example')).toMatchObject({ port: 465, tls: 'implicit' });
    expect(routes('smtp://relay.example', 'tls = "required"')).toMatchObject({ port: 25, tls: 'required' });
  });

  it('is told to be readable by others only when it holds a password', () => {
    const path = file('[[routes]]\ndomain = "*"\nvia = "smtp://u:pw@relay.example"');
    expect(loadConfig({ configFile: path }, machine()).secretsReadable).toBe(false);
    chmodSync(path, 0o644);
    expect(loadConfig({ configFile: path }, machine()).secretsReadable).toBe(true);
    writeFileSync(path, 'hostname = "a.example"');
    expect(loadConfig({ configFile: path }, machine()).secretsReadable).toBe(false);
  });
});

describe('faults', () => {
  it('are none in a route by a connection, which is administered elsewhere', () => {
    expect(load('[[routes]]\ndomain = "*"\nconnection = "isp"').config.routes[0]?.connection).toBe('isp');
  });

  it('come all at once, each with its line', () => {
    expect(
      faults(
        [
          'hostnam = "a.example"',
          'max_message_size = "lots"',
          '[delivery]',
          'concurrency = 0',
          'retry_schedule = [',
          '  "1m",',
          '  "soon",',
          ']',
          '[[listeners]]',
          'protocol = "smpt"',
          'port = 2525',
          '[[listeners]]',
          'protocol = "smtp"',
          'port = 2525',
          'tsl = "none"',
          '[log.levels]',
          'deliveries = "debug"',
        ].join('\n'),
      ),
    ).toEqual([
      'f:1: hostnam: unknown key (did you mean hostname?)',
      'f:2: max_message_size: "lots" is not a size: write it as 512, 10k or 5M',
      'f:4: delivery.concurrency: must be from 1 to 10000, not 0',
      'f:7: delivery.retry_schedule[1]: "soon" is not a duration: write it as 90s, 15m, 2h or 3d',
      'f:10: listeners[0].protocol: must be one of smtp, submission, pop3, imap, minger, metrics, not "smpt" (did you mean "smtp"?)',
      'f:14: listeners[1].port: port 2525 is taken by listeners[0]',
      'f:15: listeners[1].tsl: unknown key (did you mean listeners[].tls?)',
      'f:17: log.levels.deliveries: unknown category (did you mean "delivery"?)',
    ]);
  });

  it('name the table where a key belongs', () => {
    expect(faults('concurrency = 3')).toEqual([
      'f:1: concurrency: unknown key (did you mean delivery.concurrency?)',
    ]);
    expect(faults('[delivery]\nhostname = "a.example"')).toEqual(['f:2: delivery.hostname: unknown key']);
  });

  it('of syntax have their line', () => {
    expect(faults('a = 1\nb = = 2')[0]).toMatch(/^f:2: /);
    expect(faults('a = 1\na = 2')[0]).toMatch(/^f:2: /);
    expect(faults('__proto__ = 1')).toHaveLength(1);
  });

  it.each([
    ['hostname = "-x"', /host name/],
    ['hostname = "192.0.2.1"', /host name/],
    ['hostname = 5', /must be a string/],
    ['hostname = "a\\r\\nb"', /control characters/],
    ['state_dir = "relative"', /absolute/],
    ['relay_networks = ["10.0.0.0/33"]', /network/],
    ['relay_networks = "10.0.0.0/8"', /list/],
    ['delivery.expire_after = 5', /"5" is not a duration/],
    ['delivery.expire_after = true', /in quotes/],
    ['max_message_size = "3G"', /from 1k to 2G/],
    ['delivery = 1', /must be a table/],
    ['listeners = 1', /double brackets/],
    ['listeners = [1]', /must be a table/],
    ['[[listeners]]\nport = 25', /needs a protocol/],
    ['[[listeners]]\nprotocol = "smtp"', /needs a port/],
    ['[[routes]]\ndomain = "*"', /needs via or connection/],
    ['[[routes]]\nvia = "smtp://a.example"', /needs a domain/],
    ['[[routes]]\ndomain = "*"\nvia = "http://a.example"', /smtp:\/\/host:port/],
    ['[[routes]]\ndomain = "*"\nvia = "smtp://a.example/path"', /end after the port/],
    ['tls.certificate = "/etc/hostname"', /needs tls.key/],
    ['tls.certificate = "/no/cert"\ntls.key = "/no/key"', /cannot be read: ENOENT/],
    ['dns.servers = ["ns.example"]', /IP address/],
    ['scan.clamd.address = "clamd"', /unix:\/path/],
    [`control.socket = "/${'x'.repeat(120)}"`, /longer than 107 bytes/],
  ])('refuse %s', (text, message) => {
    const found = faults(text);
    expect(found.join('\n')).toMatch(message);
    expect(found.every((fault) => /^f:\d+: /.test(fault))).toBe(true);
  });

  it('never show a password', () => {
    const text = '[[routes]]\ndomain = "*"\nvia = "smtp://u:topsecret@relay.example/x"';
    expect(faults(text).join('')).not.toContain('topsecret');
  });

  it('tell of folders that no account could have', () => {
    const of = (lines: string) => faults(`[mailboxes.default_folders]\n${lines}`);
    const key = 'f:2: mailboxes.default_folders';
    expect(of('trash = "a//b"')).toEqual([
      `${key}.trash: must be a name of a folder: one of its levels is empty`,
    ]);
    expect(of('drafts = "inbox"')).toEqual([`${key}.drafts: must not be INBOX, which every account has`]);
    expect(of('spam = "x"')).toEqual([expect.stringContaining(`${key}.spam: unknown use`)]);
    expect(of('junk = "Mine"\nsent = "Mine"')).toEqual([
      'f:3: mailboxes.default_folders.sent: "Mine" is the folder of junk already',
    ]);
    const { mailboxes } = load('mailboxes.default_folders = { sent = "inbox/Sent" }').config;
    expect(mailboxes.defaultFolders).toEqual({ sent: 'INBOX/Sent' });
  });

  it('tell of a port that all addresses take', () => {
    const listeners = (a: string, b: string) =>
      faults(
        [a, b]
          .map((address) => `[[listeners]]\nprotocol = "smtp"\nport = 25\naddress = "${address}"`)
          .join('\n'),
      );
    expect(listeners('0.0.0.0', '127.0.0.1')).toHaveLength(1);
    expect(listeners('::', '127.0.0.1')).toHaveLength(1);
    expect(listeners('0.0.0.0', '::1')).toHaveLength(0);
    expect(listeners('127.0.0.1', '127.0.0.2')).toHaveLength(0);
  });

  it('include a file that was asked for and is not there', () => {
    expect(() => loadConfig({ configFile: join(dir, 'absent.toml') }, machine())).toThrow(
      /absent.toml: cannot be read: ENOENT/,
    );
  });
});
