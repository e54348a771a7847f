/** MODSEQ values and the modifiers that have one (RFC 7162). */
import type { Tokens } from './tokens.ts';

/** RFC 7162 7: 63 bits. What is beyond the exact numbers of JavaScript is larger than any that we gave. */
const MAX_MODSEQ = 2 ** 63;

export function parseModseq(tokens: Tokens, least: 0 | 1): number {
  const modseq = tokens.number('a modification sequence', MAX_MODSEQ);
  return modseq >= least ? modseq : tokens.fail('Modification sequences begin at 1');
}
