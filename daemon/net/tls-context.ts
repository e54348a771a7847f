/**
 * The certificate and key that our listeners use: the configured ones, otherwise a pair of our own that is kept in
 * the state directory.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { errorCode, errorText, MaildError } from '../errors.ts';
import { EventSource } from '../events.ts';
import type { Logger } from '../log/logger.ts';
import { writeFileDurably } from '../store/write-file-durably.ts';
import { type CertificateAndKey, makeSelfSignedCertificate, stillServes } from './self-signed-certificate.ts';

export interface TlsContextNeeds {
  /** PEM files; both null: maild's own certificate. */
  readonly files: () => { readonly certificate: string | null; readonly key: string | null };
  readonly stateDir: string;
  readonly hostname: string;
  readonly now: () => number;
  readonly log: Logger;
}

export class TlsContext {
  /** Told when another certificate has come into force; listeners take it for new connections. */
  readonly changed = new EventSource<CertificateAndKey>();
  readonly #needs: TlsContextNeeds;
  #pair: CertificateAndKey;
  #context: SecureContext;

  /** Throws {@link MaildError} `tls.certificate` when the configured files do not serve. */
  constructor(needs: TlsContextNeeds) {
    this.#needs = needs;
    this.#pair = this.#load();
    this.#context = secureContext(this.#pair);
  }

  get pair(): CertificateAndKey {
    return this.#pair;
  }

  get context(): SecureContext {
    return this.#context;
  }

  /** Reads the files again. Throws as the constructor does, and then the old certificate stays. */
  reload(): void {
    const pair = this.#load();
    if (pair.certificate === this.#pair.certificate && pair.key === this.#pair.key) return;
    this.#context = secureContext(pair);
    this.#pair = pair;
    this.#needs.log.info('certificate loaded', { file: this.#needs.files().certificate ?? undefined });
    this.changed.emit(pair);
  }

  #load(): CertificateAndKey {
    const { certificate, key } = this.#needs.files();
    if (certificate === null || key === null) return this.#own();
    try {
      const pair = { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
      secureContext(pair);
      return pair;
    } catch (error) {
      throw new MaildError('tls.certificate', `${certificate}: ${errorText(error)}`, { cause: error });
    }
  }

  /** Made at the first start, and again when the host has another name or the end of its life is near. */
  #own(): CertificateAndKey {
    const { stateDir, hostname, now, log } = this.#needs;
    const file = join(stateDir, 'certificate.pem');
    const kept = readOwn(file);
    if (kept !== null && stillServes(kept.certificate, hostname, now())) return kept;
    const made = makeSelfSignedCertificate(hostname, now());
    try {
      writeFileDurably(file, made.key + made.certificate);
      log.info('certificate made', { file, hostname });
    } catch (error) {
      // It serves from memory as well, until the next start.
      log.warn('certificate not kept', { file, error: errorText(error) });
    }
    return made;
  }
}

const secureContext = ({ certificate, key }: CertificateAndKey): SecureContext =>
  createSecureContext({ cert: certificate, key });

/** Null when there is none, or none that can be used: another one is made then. */
function readOwn(file: string): CertificateAndKey | null {
  try {
    const text = readFileSync(file, 'utf8');
    const begin = text.indexOf('-----BEGIN CERTIFICATE-----');
    const pair = { key: text.slice(0, begin), certificate: text.slice(begin) };
    secureContext(pair);
    return pair;
  } catch (error) {
    // Without permission there is something to repair rather than to replace.
    if (errorCode(error) === 'EACCES') throw error;
    return null;
  }
}
