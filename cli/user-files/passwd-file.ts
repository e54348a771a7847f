/**
 * Dovecot's passwd-file: `user:{SCHEME}hash:uid:gid:gecos:home:shell:extra`, of which the end may be missing. Of the extra
 * fields the quota and `nologin` count here.
 */
import { badLine, numberedLines, type UserLine, unlocked } from './user-entry.ts';

const units: Readonly<Record<string, number>> = { B: 0, K: 1, M: 2, G: 3, T: 4 };

/** @param scheme Of hashes that name none; null: they are crypt(3)'s. */
export function readPasswdFile(text: string, scheme: string | null): UserLine[] {
  return numberedLines(text).map(([line, content]) => {
    const [name = '', password, , , , , , ...rest] = content.split(':');
    if (name === '' || password === undefined)
      return badLine(line, name || null, 'no name and password in it');
    const extra = extraFields(rest.join(':'));
    const quota = quotaOf(extra);
    if (quota === 'unknown') return badLine(line, name, 'a quota that is not written as one');
    const { passwordHash, enabled } = unlocked(password);
    const open = !isOn(extra.get('nologin'));
    return {
      kind: 'user',
      line,
      name,
      passwordHash:
        scheme === null || /^(\{|\$|$)/.test(passwordHash) ? passwordHash : `{${scheme}}${passwordHash}`,
      quotaBytes: quota,
      enabled: enabled && open,
    };
  });
}

const isOn = (value: string | undefined): boolean => value !== undefined && !/^(no?|false|0)$/i.test(value);

/** `userdb_` before a name says to which of Dovecot's lookups it belongs, which is of no matter here. */
function extraFields(text: string): Map<string, string> {
  return new Map(
    text
      .split(/\s+/)
      .filter((field) => field !== '')
      .map((field) => {
        const [name = '', ...value] = field.split('=');
        return [name.replace(/^userdb_/, ''), value.join('=')] as const;
      }),
  );
}

/**
 * `quota_rule=*:storage=1G` (without a unit KiB), `*:bytes=...` (bytes), and since Dovecot 2.4 `quota_storage_size=1G`.
 * Zero and `unlimited` are no quota.
 */
function quotaOf(extra: ReadonlyMap<string, string>): number | null | 'unknown' {
  const size = extra.get('quota_storage_size');
  if (size !== undefined) return sizeOf(size, 'B');
  const rule = extra.get('quota_rule');
  if (rule === undefined) return null;
  const [, limits] = /^\*:(.*)$/.exec(rule) ?? [];
  if (limits === undefined) return 'unknown';
  for (const limit of limits.split(':')) {
    const [, kind, amount] = /^(storage|bytes)=(.+)$/i.exec(limit) ?? [];
    if (kind !== undefined && amount !== undefined)
      return sizeOf(amount, kind.toLowerCase() === 'storage' ? 'K' : 'B');
  }
  return null;
}

function sizeOf(text: string, unit: string): number | null | 'unknown' {
  if (/^(unlimited|0+[A-Za-z]*)$/i.test(text)) return null;
  const [, amount, letter = unit] = /^(\d{1,12})\s*([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
  const power = units[letter.toUpperCase()];
  if (amount === undefined || power === undefined) return 'unknown';
  const bytes = Number(amount) * 1024 ** power;
  return Number.isSafeInteger(bytes) ? bytes : 'unknown';
}
