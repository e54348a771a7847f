/** How crypt(3) writes bytes: 24 bits as four characters of its own alphabet, the lowest six bits first. */
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The bytes at these places, high to low in each group; a group of one or two bytes takes two or three characters. */
export function cryptText(bytes: Buffer, groups: readonly (readonly number[])[]): string {
  let text = '';
  for (const group of groups) {
    let bits = group.reduce((sum, place) => (sum << 8) | (bytes[place] ?? 0), 0);
    for (let left = group.length + 1; left > 0; left -= 1) {
      text += alphabet[bits & 0x3f];
      bits >>>= 6;
    }
  }
  return text;
}
