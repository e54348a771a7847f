/**
 * Text as SEARCH compares it: whatever the case of its letters, and however they are composed (RFC 5051
 * i;unicode-casemap, in effect). A part of a folded text is found in a folded text when a person would find it.
 */
export function foldText(text: string): string {
  // Most text is ASCII, and normalization is not free.
  if (!/[^\x00-\x7f]/.test(text)) return text.toLowerCase();
  return text.normalize('NFKD').toLowerCase().replaceAll('\u03c2', '\u03c3');
}
