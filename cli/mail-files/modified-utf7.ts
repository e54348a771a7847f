/** Names of folders as IMAP and Maildir++ write them: ASCII, with everything else as `&base64-` (RFC 3501 5.1.3). */

const encodedRun = /&([^-]*)-/g;
/** Printable ASCII but `&`; dots are levels in Maildir++, and slashes directories. */
const otherRun = /[^ -%'-\-0-~]+|&/g;

/** What is not encoded rightly stays as it is. */
export function decodeModifiedUtf7(text: string): string {
  return text.replace(encodedRun, (run, base64: string) => {
    if (base64 === '') return '&';
    const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64');
    return bytes.length < 2
      ? run
      : bytes
          .subarray(0, bytes.length & ~1)
          .swap16()
          .toString('utf16le');
  });
}

/** Of one level: dots and slashes are encoded, too, so that it is one name in a directory. */
export function encodeLevel(level: string): string {
  return level.replace(otherRun, (run) => {
    if (run === '&') return '&-';
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
    return `&${base64.replaceAll('/', ',').replace(/=+$/, '')}-`;
  });
}
