/**
 * Names of folders as names of files, each folder one name: nothing in it can lead out of the directory, and it can be
 * read back. `Lists/debian` is `Lists%2Fdebian`.
 */

/** Slashes of either kind, what Windows has for itself, controls, `%`; and a dot at the beginning. */
const notInFile = /[/\\:*?"<>|%\x00-\x1f\x7f]|^\.|[. ]$/g;

export const fileOfFolder = (folder: string): string =>
  folder.replace(notInFile, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

/** What was not written so stays as it is. */
export const folderOfFile = (name: string): string =>
  name.replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
