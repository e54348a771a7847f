/** A maild of its own for a measurement: relays for loopback, everything to one smarthost. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { greeted, timed } from './tools.mjs';

export const mailctlProgram = fileURLToPath(new URL('../../bin/mailctl', import.meta.url));
const maildProgram = fileURLToPath(new URL('../../bin/maild', import.meta.url));
export const sinkPort = 2599;
/** SMTP; further servers listen a few above it. */
export const basePort = Number(process.env.BENCH_PORT ?? 2505);

export class Maild {
  port = basePort;
  folder = mkdtempSync(join(tmpdir(), 'maild-bench-'));
  socket = join(this.folder, 'maild.sock');
  stateDir = join(this.folder, 'state');
  #child = null;
  #kill = () => this.#child?.kill('SIGKILL');

  /** `more`: further tables of the configuration. */
  async start({ delivering = false, more = '' } = {}) {
    const config = join(this.folder, 'maild.toml');
    writeFileSync(
      config,
      `hostname = "mx.example.test"
relay_networks = ["127.0.0.0/8"]
[control]
socket = "${this.socket}"
[[listeners]]
protocol = "smtp"
address = "127.0.0.1"
port = ${this.port}
tls = "none"
[[routes]]
domain = "*"
via = "smtp://127.0.0.1:${sinkPort}"
${more}`,
      { mode: 0o600 },
    );
    this.#child = spawn(process.execPath, [maildProgram, '--config', config, '--state', this.stateDir], {
      stdio: 'ignore',
    });
    // A part that fails leaves nothing behind that the next one would measure.
    process.once('exit', this.#kill);
    // Somebody else's server on this port would greet, too, and be measured in its place.
    const ended = new Promise((_, reject) => {
      this.#child.once('exit', (code) =>
        reject(new Error(`bench: maild ended with ${code}; is its port taken?`)),
      );
    });
    ended.catch(() => {});
    await Promise.race([ended, greeted(this.port)]);
    const { code } = await this.mailctl('server', delivering ? 'resume' : 'pause', 'delivering');
    if (code !== 0) throw new Error('bench: this maild is not the one that greets on its port');
  }

  /** Runs mailctl; answers seconds, exit code and bytes printed. */
  mailctl(...args) {
    return timed(process.execPath, [mailctlProgram, '--socket', this.socket, ...args]);
  }

  /** With this on its standard input; answers its exit code. */
  mailctlWith(stdin, ...args) {
    const child = spawn(process.execPath, [mailctlProgram, '--socket', this.socket, ...args], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(`${stdin}\n`);
    return new Promise((resolve) => child.once('exit', resolve));
  }

  /** Resident memory in MB. */
  rssMb() {
    const line = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/);
    return Number(line?.[1]) / 1024;
  }

  async stop() {
    const child = this.#child;
    if (child === null) return;
    process.off('exit', this.#kill);
    this.#child = null;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async dispose() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
