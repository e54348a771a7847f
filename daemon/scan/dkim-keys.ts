/**
 * The DKIM keys of our domains: `dkim/DOMAIN/SELECTOR.pem` in the state directory, for nobody else to read; `signing` beside
 * them names the one in use. In memory once read, because each message that is sent asks for one. RFC 6376 3.3, 3.6.1.
 */
import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorText, MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { writeFileDurably } from '../store/write-file-durably.ts';

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  /** PEM. */
  readonly privateKey: string;
}

/** What has to be in the DNS. */
export interface DkimRecord {
  readonly name: string;
  readonly type: 'TXT';
  readonly value: string;
}

const DEFAULT_SELECTOR = 'mail';
/** RFC 8301 3.2: signers use at least 2048; longer records do not fit into what some DNS services take. */
const RSA_BITS = 2_048;
const generate = promisify(generateKeyPair);

/** Labels of the DNS, several with dots between them (RFC 6376 3.1). */
const selectorForm = /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

export class DkimKeys {
  readonly #directory: string;
  readonly #log: Logger;
  #keys: ReadonlyMap<string, DkimKey> = new Map();

  constructor(stateDir: string, log: Logger) {
    this.#directory = join(stateDir, 'dkim');
    this.#log = log;
  }

  get any(): boolean {
    return this.#keys.size > 0;
  }

  /** The key that signs for a domain, which is in its one form. */
  of(domain: string): DkimKey | undefined {
    return this.#keys.get(domain);
  }

  /** What should be in the DNS of a domain; null when nothing of it is signed. `publicKey` in base64. */
  published(domain: string): { readonly selector: string; readonly publicKey: string } | null {
    const key = this.of(domain);
    return key === undefined ? null : { selector: key.selector, publicKey: publicKeyOf(key) };
  }

  /** Reads all that are in use. One that cannot be read is told in the log, and its domain's mail goes unsigned. */
  async load(): Promise<void> {
    const keys = new Map<string, DkimKey>();
    for (const domain of await readdir(this.#directory).catch(() => [])) {
      try {
        const selector = (await readFile(join(this.#directory, domain, 'signing'), 'utf8')).trim();
        const key = await this.#read(domain, selector);
        if (key !== null) keys.set(domain, key);
      } catch (error) {
        this.#log.error('DKIM key cannot be used', { domain, error: errorText(error) });
      }
    }
    this.#keys = keys;
  }

  /**
   * The key of a domain of ours, made when it is not there; from now on it signs. `domain` is in its one form.
   * Throws MaildError `params.invalid`.
   */
  async use(
    domain: string,
    wanted?: string,
  ): Promise<{ key: DkimKey; record: DkimRecord; created: boolean }> {
    const selector = (wanted ?? this.of(domain)?.selector ?? DEFAULT_SELECTOR).toLowerCase();
    if (!selectorForm.test(selector)) {
      throw new MaildError('params.invalid', `selector: "${selector}" cannot be a selector`, {
        details: { path: 'selector' },
      });
    }
    const there = await this.#read(domain, selector);
    const key = there ?? (await this.#make(domain, selector));
    writeFileDurably(join(this.#directory, domain, 'signing'), `${selector}\n`);
    this.#keys = new Map([...this.#keys, [domain, key]]);
    this.#log.info('DKIM key in use', { domain, selector, created: there === null });
    return { key, record: dkimRecord(key), created: there === null };
  }

  /** Null when there is none. */
  async #read(domain: string, selector: string): Promise<DkimKey | null> {
    if (!selectorForm.test(selector)) throw new Error(`"${selector}" cannot be a selector`);
    const file = join(this.#directory, domain, `${selector}.pem`);
    const privateKey = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (privateKey === null) return null;
    createPrivateKey(privateKey);
    return { domain, selector, privateKey };
  }

  async #make(domain: string, selector: string): Promise<DkimKey> {
    const { privateKey } = await generate('rsa', {
      modulusLength: RSA_BITS,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const directory = join(this.#directory, domain);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    writeFileDurably(join(directory, `${selector}.pem`), privateKey);
    return { domain, selector, privateKey };
  }
}

export function dkimRecord(key: DkimKey): DkimRecord {
  const name = `${key.selector}._domainkey.${key.domain}`;
  return { name, type: 'TXT', value: `v=DKIM1; k=rsa; p=${publicKeyOf(key)}` };
}

const publicKeyOf = ({ privateKey }: DkimKey): string =>
  createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
