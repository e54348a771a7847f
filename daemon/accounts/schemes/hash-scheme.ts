/** What a scheme of password hashes made elsewhere can do: tell its hashes, and check a password against one. */

export interface HashScheme {
  /** As Dovecot names it. */
  readonly name: string;
  /** Other names of it in files. */
  readonly aliases?: readonly string[];
  /**
   * The one spelling in which a hash is stored; null when it is none of this scheme.
   * @param encoding What a suffix such as `.hex` says of it.
   */
  read(text: string, encoding: HashEncoding | null): string | null;
  /** Why a hash is not to be checked though it is one: it asks for too much. Null: it can be. */
  refusal?(hash: string): string | null;
  /** Rejects when this machine cannot check hashes of this scheme. */
  prepare?(): Promise<unknown>;
  /** Of a hash that {@link read} has answered. Rejects as {@link prepare} does. */
  verify(password: Buffer, hash: string): Promise<boolean>;
}

export type HashEncoding = 'base64' | 'hex';

/** Everybody can have a password checked, so a hash must not ask for more work than this. */
export const tooMuchWork = 'it asks for too much work at each login';

/** Bytes of canonical or unpadded base64; null for anything else. */
export function base64Bytes(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '') ? bytes : null;
}

export const hexBytes = (text: string): Buffer | null =>
  /^([0-9a-fA-F]{2})+$/.test(text) ? Buffer.from(text, 'hex') : null;
