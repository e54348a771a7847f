/** A pattern in which `*` stands for any run of characters, for `LIKE ? ESCAPE '\'`, which ignores the case of ASCII. */
export const likePattern = (pattern: string): string =>
  pattern.replace(/[\\%_]/g, '\\$&').replace(/\*+/g, '%');
