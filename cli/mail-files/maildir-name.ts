/**
 * Names of files in a Maildir: `unique:2,FLAGS`, flags as letters in the order of the alphabet; small letters stand for
 * keywords, which Dovecot lists in `dovecot-keywords`. https://cr.yp.to/proto/maildir.html
 */

const letters: readonly (readonly [letter: string, flag: string])[] = [
  ['D', '\\Draft'],
  ['F', '\\Flagged'],
  ['P', '$Forwarded'],
  ['R', '\\Answered'],
  ['S', '\\Seen'],
  ['T', '\\Deleted'],
];
const firstKeyword = 'a'.charCodeAt(0);
export const maxKeywordLetters = 26;

/** @param keywords What small letters stand for, `a` first. */
export function flagsOfName(name: string, keywords: readonly string[]): string[] {
  const [, info = ''] = /[:;!]2,([A-Za-z]*)/.exec(name) ?? [];
  return [...info].flatMap((letter) => {
    const flag =
      letters.find(([one]) => one === letter)?.[1] ?? keywords[letter.charCodeAt(0) - firstKeyword];
    return flag === undefined ? [] : [flag];
  });
}

/** `:2,FS`. Keywords are added to those of the folder where they fit; what does not is left out. */
export function infoOfFlags(flags: readonly string[], keywords: string[]): string {
  const found = flags.flatMap((flag) => {
    const letter = letters.find(([, one]) => one.toLowerCase() === flag.toLowerCase())?.[0];
    if (letter !== undefined) return letter;
    if (flag.startsWith('\\')) return [];
    let place = keywords.findIndex((one) => one.toLowerCase() === flag.toLowerCase());
    if (place === -1 && keywords.length < maxKeywordLetters) place = keywords.push(flag) - 1;
    return place === -1 ? [] : String.fromCharCode(firstKeyword + place);
  });
  return `:2,${found.sort().join('')}`;
}

/** Seconds since 1970 stand at the beginning of a name. */
export function receivedAtOfName(name: string): number | null {
  const [, seconds] = /^(\d{9,11})\./.exec(name) ?? [];
  return seconds === undefined ? null : Number(seconds) * 1_000;
}

/** `0 $Label1`, a line for each letter. */
export function readKeywords(text: string): string[] {
  const keywords: string[] = [];
  for (const line of text.split('\n')) {
    const [, place, keyword] = /^(\d{1,2}) (\S+)\s*$/.exec(line) ?? [];
    if (place !== undefined && keyword !== undefined && Number(place) < maxKeywordLetters)
      keywords[Number(place)] = keyword;
  }
  return keywords;
}
export const keywordsText = (keywords: readonly string[]): string =>
  keywords.map((keyword, place) => `${place} ${keyword}\n`).join('');

/** `.Lists.debian` of Maildir++ is `Lists/debian`. */
export const folderSeparator = '.';
