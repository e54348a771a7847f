/** Takes secrets out of a command line before it is kept or shown. The parts that may hold one are listed, not guessed. */

const MASK = '***';
/** Mechanisms that are shown by name. Anything else after AUTH may be a password that got there by mistake. */
const mechanisms = new Set([
  'PLAIN',
  'LOGIN',
  'CRAM-MD5',
  'DIGEST-MD5',
  'XOAUTH2',
  'OAUTHBEARER',
  'EXTERNAL',
]);

/**
 * A command that is AUTH, or none that we know: `AUTH PLAIN ***`, also for what only looks like AUTH (`AUTH=PLAIN ...`).
 * `afterAuth`: the client has just been refused a login, and may be sending the rest of it all the same.
 */
export function maskUnknown(line: string, afterAuth: boolean): string {
  if (!/^\s*AUTH/i.test(line)) return afterAuth ? MASK : line;
  const [command = '', mechanism = '', ...more] = line.trim().split(/\s+/);
  if (command.toUpperCase() !== 'AUTH') return `AUTH ${MASK}`;
  if (mechanism === '') return 'AUTH';
  if (!mechanisms.has(mechanism.toUpperCase())) return `AUTH ${MASK}`;
  return more.length === 0 ? `AUTH ${mechanism}` : `AUTH ${mechanism} ${MASK}`;
}

/** A line of a login that goes over several. */
export const maskedLine = MASK;
