/** Who may log in, and which addresses are ours: accounts, domains, aliases. */
import { z } from 'zod';
import { method } from './method.ts';
import { count, none, text, time } from './values.ts';

/** Given to the API only over the socket; stored as salted scrypt, never shown, never logged. */
const password = z.string().min(1).max(512);
const address = z.string().min(3).max(320);

export const account = z.object({
  /** The address is the login name. */
  address: z.string(),
  enabled: z.boolean(),
  createdAt: time,
  lastLoginAt: time.nullable(),
  lastLoginFrom: z.string().nullable(),
  messages: count,
  bytes: count,
  /** Null: no limit. */
  quotaBytes: count.nullable(),
  /** `SCRYPT` is ours; any other came with an import and is replaced at the first login. */
  passwordScheme: z.string(),
});
export type Account = z.infer<typeof account>;

export const importedAccount = z.object({
  /** As it was given. */
  address: z.string(),
  /** `exists`: was there already and stays as it is. `locked`: nobody could log in with it, so it was not made. */
  outcome: z.enum(['created', 'exists', 'locked', 'refused']),
  /** Of the password hash; null when there is none, or it is not known. */
  passwordScheme: z.string().nullable(),
  /** Why it was not made. */
  reason: z.string().nullable(),
});
export type ImportedAccount = z.infer<typeof importedAccount>;

export const domain = z.object({
  name: z.string(),
  /** `config`: from the file, cannot be removed here. `added`: through this API. */
  origin: z.enum(['config', 'added']),
  /** Address that gets what fits no account or alias; null: refused. */
  catchAll: z.string().nullable(),
  accounts: count,
  aliases: count,
});
export type Domain = z.infer<typeof domain>;

export const alias = z.object({ address: z.string(), targets: z.array(z.string()) });
export type Alias = z.infer<typeof alias>;

export const accountMethods = {
  'accounts.list': method({
    summary: 'The accounts.',
    access: 'read',
    params: z.strictObject({ domain: text.optional() }),
    result: z.object({ accounts: z.array(account) }),
  }),
  'accounts.add': method({
    summary: 'Makes an account and its INBOX.',
    access: 'write',
    params: z.strictObject({ address, password, quotaBytes: count.optional() }),
    result: z.object({ account }),
  }),
  'accounts.edit': method({
    summary:
      'Changes an account: password, enabled, quota. A new password, or none any more, ends its sessions.',
    access: 'write',
    params: z.strictObject({
      address,
      password: password.optional(),
      enabled: z.boolean().optional(),
      quotaBytes: count.nullable().optional(),
    }),
    result: z.object({ account, endedSessions: count }),
  }),
  'accounts.remove': method({
    summary: 'Removes an account with its mailboxes and their mail, and ends its sessions.',
    access: 'write',
    params: z.strictObject({ address }),
    result: z.object({ removed: z.boolean(), messages: count, endedSessions: count }),
  }),
  'accounts.import': method({
    summary:
      'Makes accounts with the password hashes that they had elsewhere; each is replaced by one of ours at its first login.',
    access: 'write',
    params: z.strictObject({
      accounts: z
        .array(
          z.strictObject({
            address,
            /** `{SCHEME}hash` as in Dovecot's files, or a hash of crypt(3) as in shadow(5). */
            passwordHash: z.string().max(2_000),
            quotaBytes: count.optional(),
            enabled: z.boolean().optional(),
          }),
        )
        .min(1)
        .max(100),
      dryRun: z.boolean().optional(),
    }),
    result: z.object({ accounts: z.array(importedAccount), dryRun: z.boolean() }),
  }),
  'domains.list': method({
    summary: 'The domains that are ours.',
    access: 'read',
    params: none,
    result: z.object({ domains: z.array(domain) }),
  }),
  'domains.add': method({
    summary: 'Makes a domain ours.',
    access: 'write',
    params: z.strictObject({ name: text, catchAll: address.optional() }),
    result: z.object({ domain }),
  }),
  'domains.edit': method({
    summary: 'Changes a domain: who gets what fits no account or alias.',
    access: 'write',
    params: z.strictObject({ name: text, catchAll: address.nullable() }),
    result: z.object({ domain }),
  }),
  'domains.remove': method({
    summary: 'Gives up a domain. Refused while it has accounts or aliases.',
    access: 'write',
    params: z.strictObject({ name: text }),
    result: z.object({ removed: z.boolean() }),
  }),
  'domains.dkim': method({
    summary:
      'The DKIM key that signs what accounts of a domain send, made when there is none, and the record for its DNS.',
    access: 'write',
    params: z.strictObject({ name: text, selector: text.optional() }),
    result: z.object({
      domain: z.string(),
      selector: z.string(),
      /** False: the key was there already. */
      created: z.boolean(),
      /** What has to be in the DNS. */
      record: z.object({ name: z.string(), type: z.literal('TXT'), value: z.string() }),
    }),
  }),
  'aliases.list': method({
    summary: 'The aliases and what they stand for.',
    access: 'read',
    params: z.strictObject({ domain: text.optional() }),
    result: z.object({ aliases: z.array(alias) }),
  }),
  'aliases.add': method({
    summary: 'Makes an alias.',
    access: 'write',
    params: z.strictObject({ address, targets: z.array(address).min(1).max(1_000) }),
    result: z.object({ alias }),
  }),
  'aliases.edit': method({
    summary: 'Changes what an alias stands for.',
    access: 'write',
    params: z.strictObject({ address, targets: z.array(address).min(1).max(1_000) }),
    result: z.object({ alias }),
  }),
  'aliases.remove': method({
    summary: 'Removes an alias.',
    access: 'write',
    params: z.strictObject({ address }),
    result: z.object({ removed: z.boolean() }),
  }),
};
