/**
 * The last line of defence against secrets in the log and in the records of sessions.
 *
 * Whoever logs or records leaves secrets out in the first place. This catches what slipped through: fields whose
 * name says what they are, and protocol lines that carry credentials (SMTP AUTH, RFC 4954; POP3 PASS and APOP,
 * RFC 1939; IMAP LOGIN and AUTHENTICATE, RFC 3501 6.2).
 */

export const mask = '********';

const secretField = /passw(or)?d|passphrase|secret|token|credential|^(auth|authorization|pass)$/i;
/** Commands that carry credentials, after an IMAP tag or not. Group 1 is kept: it names the command and mechanism. */
const secretLine =
  /^((?:[^\s"]{1,64} )?(?:AUTH(?:ENTICATE)? [A-Za-z0-9_-]{1,20}|PASS|LOGIN (?:"(?:[^"\\]|\\.){0,512}"|[^\s"]{1,512})|APOP [^\s]{1,512})) +\S/i;

/** Whether a field of this name must not be shown. */
export const isSecretField = (name: string): boolean => secretField.test(name);

/** The line with the credentials in it masked; the same string when there are none. */
export function maskSecrets(line: string): string {
  const found = secretLine.exec(line);
  return found === null ? line : `${found[1]} ${mask}`;
}
