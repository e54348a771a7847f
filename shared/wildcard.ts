/**
 * Patterns in which `*` stands for any run of characters, compared without regard to case.
 *
 * Not made into a regular expression: `*a*a*a*b` on a long text would take one for ever; this is never slower than
 * the two lengths multiplied.
 */
export function wildcard(pattern: string): (text: string) => boolean {
  const wanted = pattern.toLowerCase();
  return (text) => matches(wanted, text.toLowerCase());
}

function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  /** Where to go on when what follows the last `*` does not fit: that `*` takes one character more. */
  let star = -1;
  let taken = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      taken = t;
      p += 1;
    } else if (pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star !== -1) {
      taken += 1;
      t = taken;
      p = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
