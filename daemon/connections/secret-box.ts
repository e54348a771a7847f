/**
 * Passwords for servers elsewhere, which must be given in the clear and so cannot be hashed: sealed with AES-256-GCM
 * under a key in a file of the state directory, so that a copy of the database alone tells nobody anything.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { errorCode, errorText, MaildError } from '../errors.ts';
import { writeFileDurably } from '../store/write-file-durably.ts';

const KEY_BYTES = 32;
/** NIST SP 800-38D 5.2.1.1: 96 bits are what the mode is made for. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

export class SecretBox {
  readonly #file: string;
  #key: Buffer | null = null;

  /** `file` is made when a first secret is sealed. */
  constructor(file: string) {
    this.#file = file;
  }

  /** `owner` is bound to the sealed text: it opens for no other. Throws MaildError `secret.unusable`. */
  seal(secret: string, owner: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey(), nonce);
    cipher.setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}:${sealed.toString('base64')}`;
  }

  /** Throws MaildError `secret.unusable`. */
  open(sealed: string, owner: string): string {
    const [version, text = ''] = sealed.split(':');
    const bytes = Buffer.from(text, 'base64');
    if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES)
      throw unusable('is not sealed as it should be');
    const key = this.#load();
    if (key === null) throw unusable(`cannot be opened: ${this.#file} is missing`);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(owner));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const content = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
      return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8');
    } catch (error) {
      throw unusable(`cannot be opened: it was sealed with another key than that of ${this.#file}`, error);
    }
  }

  #sealingKey(): Buffer {
    const key = this.#load();
    if (key !== null) return key;
    const made = randomBytes(KEY_BYTES);
    try {
      // Synced before anything is sealed with it.
      writeFileDurably(this.#file, `${made.toString('base64')}\n`);
    } catch (error) {
      throw unusable(`cannot be sealed: ${this.#file}: ${errorText(error)}`, error);
    }
    this.#key = made;
    return made;
  }

  /** Null when there is none. */
  #load(): Buffer | null {
    if (this.#key !== null) return this.#key;
    try {
      if ((statSync(this.#file).mode & 0o077) !== 0) chmodSync(this.#file, 0o600);
      const key = Buffer.from(readFileSync(this.#file, 'utf8').trim(), 'base64');
      if (key.length !== KEY_BYTES) throw unusable(`cannot be opened: ${this.#file} holds no key`);
      this.#key = key;
      return key;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      if (error instanceof MaildError) throw error;
      throw unusable(`cannot be opened: ${this.#file}: ${errorText(error)}`, error);
    }
  }
}

const unusable = (why: string, cause?: unknown): MaildError =>
  new MaildError('secret.unusable', `the stored password ${why}; set it again`, { cause });
