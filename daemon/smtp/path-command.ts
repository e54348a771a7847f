/**
 * `MAIL FROM:<path> parameters` and `RCPT TO:<path> parameters` to their parts (RFC 5321 4.1.1.2, 4.1.1.3, 4.1.2).
 * Pure; what the parts mean is judged elsewhere.
 */
import { type Address, parseAddress } from '../../shared/address.ts';
import { type Reply, replies } from './replies.ts';

export interface PathCommand<A> {
  readonly address: A;
  /** By name in upper case; null is a parameter without a value. Undefined when there are none. */
  readonly parameters: ReadonlyMap<string, string | null> | undefined;
}

/**
 * A source route (`@relay.example:`) is taken and ignored (RFC 5321 appendix C). Spaces around the colon and the path
 * are against the grammar, and common.
 */
const fromCommand =
  /^MAIL\s+FROM\s*:\s*<(?:@[^\s,:@<>]+(?:,@[^\s,:@<>]+)*:)?((?:"(?:[^"\\]|\\.)*"|[^\s<>"@]*)(?:@[^\s<>"@]*)?)>(.*)$/i;
const toCommand =
  /^RCPT\s+TO\s*:\s*<(?:@[^\s,:@<>]+(?:,@[^\s,:@<>]+)*:)?((?:"(?:[^"\\]|\\.)*"|[^\s<>"@]*)(?:@[^\s<>"@]*)?)>(.*)$/i;
const parameter = /^([a-z0-9][a-z0-9-]*)(?:=(\S+))?$/i;

/** The address is null for `<>`, the null reverse-path. */
export function parseMail(line: string): PathCommand<Address | null> | Reply {
  const match = fromCommand.exec(line);
  const path = match?.[1];
  if (path === undefined) return replies.senderSyntax;
  const address = path === '' ? null : parseAddress(path);
  if (path !== '' && address === null) return replies.senderSyntax;
  return withParameters(address, match?.[2] ?? '');
}

/** `postmaster` is the one recipient that needs no domain. */
export function parseRecipient(line: string): PathCommand<Address | 'postmaster'> | Reply {
  const match = toCommand.exec(line);
  const path = match?.[1];
  if (path === undefined || path === '') return replies.recipientSyntax;
  const address = path.toLowerCase() === 'postmaster' ? 'postmaster' : parseAddress(path);
  if (address === null) return replies.recipientSyntax;
  return withParameters(address, match?.[2] ?? '');
}

function withParameters<A>(address: A, rest: string): PathCommand<A> | Reply {
  if (rest === '') return { address, parameters: undefined };
  if (!/^\s/.test(rest)) return replies.badParameter;
  const parameters = new Map<string, string | null>();
  for (const word of rest.trim().split(/\s+/)) {
    if (word === '') continue;
    const match = parameter.exec(word);
    const name = match?.[1]?.toUpperCase();
    // RFC 3461 4: none may be given twice.
    if (name === undefined || parameters.has(name)) return replies.badParameter;
    parameters.set(name, match?.[2] ?? null);
  }
  return { address, parameters };
}
