/** As much of a text as can matter for a width. Measuring 10,000 characters of a stranger's, in each row of each frame, would be his way to stop the program. */

/** Units of UTF-16 that one column may take: a letter with its accents, an emoji of several parts. */
const unitsPerColumn = 4;

/** The rest is never seen; where it is cut off, the cut to the width puts its sign. */
export function clipped(text: string, width: number): string {
  const most = width * unitsPerColumn + unitsPerColumn;
  if (text.length <= most) return text;
  // Not between the halves of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text[most - 1] ?? '') ? most - 1 : most;
  return text.slice(0, end);
}
