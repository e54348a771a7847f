/** The peer: Postfix in a chroot, set up for the same work. Null when `BENCH_POSTFIX` names none. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sinkPort } from './maild.mjs';
import { greeted, timed } from './tools.mjs';

const root = process.env.BENCH_POSTFIX ?? '';
export const postfixPort = 2501;

const mainCf = `compatibility_level = 3.6
myhostname = mx.example.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_host_lookup = native
relayhost = [127.0.0.1]:${sinkPort}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = none
smtp_tls_security_level = none
maillog_file = /var/log/postfix.log
smtpd_client_connection_count_limit = 0
`;

export const postfix =
  existsSync(join(root, 'usr/sbin/postfix')) && root !== ''
    ? new (class Postfix {
        port = postfixPort;

        async start({ delivering = false } = {}) {
          const etc = join(root, 'etc/postfix');
          writeFileSync(join(root, 'etc/resolv.conf'), 'nameserver 127.0.0.1\n');
          writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost mx.example.test\n');
          copyFileSync(join(etc, 'master.cf.proto'), join(etc, 'master.cf'));
          writeFileSync(join(etc, 'main.cf'), mainCf);
          if (!delivering)
            appendFileSync(
              join(etc, 'main.cf'),
              'smtpd_end_of_data_restrictions = check_client_access static:HOLD\n',
            );
          this.#run('postconf', '-F', '*/*/chroot = n');
          this.#run('postconf', '-M#', 'smtp/inet');
          this.#run('postconf', '-M', `${this.port}/inet=127.0.0.1:${this.port} inet n - n - - smtpd`);
          this.#run('postfix', 'start');
          await greeted(this.port);
        }

        async stop() {
          this.#run('postfix', 'stop');
          const spool = join(root, 'var/spool/postfix');
          const queues = ['hold', 'deferred', 'defer', 'active', 'incoming', 'maildrop'].map((name) =>
            join(spool, name),
          );
          spawnSync('find', [...queues, '-type', 'f', '-delete']);
        }

        command(...args) {
          return timed('chroot', [root, ...args]);
        }

        #run(...args) {
          const { status, stderr } = spawnSync('chroot', [root, ...args], { encoding: 'utf8' });
          if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
        }
      })()
    : null;
