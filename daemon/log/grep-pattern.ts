/**
 * Regular expressions that operators give, kept from holding up the event loop.
 *
 * JavaScript's engine backtracks, so `(a+)+$` on a line of a few dozen letters takes longer than anybody lives, and
 * nothing can stop it from outside. A pattern is therefore tried once, under a watchdog, on lines that are long and
 * repeat what the pattern itself is made of; one that is slow on them is refused. That finds the patterns people
 * write by accident; it is no proof.
 */
import { createContext, Script } from 'node:vm';
import { errorText, MaildError } from '../errors.ts';

const maxPatternChars = 500;
/** Lines are cut to this before they are tried: the time of a bad pattern grows with a power of the length. */
export const maxGreppedChars = 2_000;
/** All trial lines together; a good pattern takes a few milliseconds. */
const trialMs = 60;
/** Long enough to tell what is merely slow from what grows without bound. */
const trialChars = 1_000;
const maxTrialChars = 24;

const trial = new Script('for (const line of lines) pattern.test(line)');

/** @throws MaildError `params.invalid` when it is no regular expression, or one that is too slow. */
export function compileGrep(source: string): RegExp {
  if (source.length > maxPatternChars)
    throw invalid(`a pattern has at most ${maxPatternChars} characters`, undefined);
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, 'u');
  } catch {
    // The `u` flag refuses needless escapes such as `\-`, which people write all the time.
    try {
      pattern = new RegExp(source);
    } catch (error) {
      throw invalid(errorText(error), error);
    }
  }
  try {
    trial.runInContext(createContext({ pattern, lines: trialLines(source) }), { timeout: trialMs });
  } catch (error) {
    throw invalid('this pattern takes too long on long lines; avoid a repetition inside a repetition', error);
  }
  return pattern;
}

/** Long lines that nearly match: what the pattern is made of, over and over, and an end that fits nothing. */
function trialLines(source: string): string[] {
  const letters = [...new Set(source.replace(/[^\p{L}\p{N} ]/gu, ''))].slice(0, maxTrialChars);
  const words = source.replace(/[^\p{L}\p{N} @.:=<>-]/gu, '').slice(0, 40);
  const parts = new Set(['a', '0', ' ', 'a ', 'a.', words, ...letters]);
  parts.delete('');
  return [...parts].map((part) => `${part.repeat(Math.floor(trialChars / part.length) - 1)}\u0000`);
}

const invalid = (reason: string, cause: unknown): MaildError =>
  new MaildError('params.invalid', `grep: ${reason}`, { cause, details: { path: 'filter.grep' } });
