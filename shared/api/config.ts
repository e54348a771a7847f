/** The configuration: checked, shown, described. It is changed in its file. */
import { z } from 'zod';
import { method } from './method.ts';
import { none, text } from './values.ts';

export const configFault = z.object({
  file: z.string(),
  line: z.int().nullable(),
  key: z.string().nullable(),
  message: z.string(),
});
export type ConfigFault = z.infer<typeof configFault>;

export const configKey = z.object({
  key: z.string(),
  type: z.string(),
  unit: z.string().nullable(),
  /** As it would be written in the file. */
  default: z.string().nullable(),
  /** Whether `server reload` applies a change. */
  live: z.boolean(),
  summary: z.string(),
});
export type ConfigKey = z.infer<typeof configKey>;

export const configMethods = {
  'config.check': method({
    summary: 'Checks a configuration file: all faults at once, each with its line.',
    access: 'read',
    /** The file in use when no text is given; `name` stands in the faults in place of its path. */
    params: z.strictObject({ text: z.string().max(1_048_576).optional(), name: text.optional() }),
    result: z.object({ file: z.string().nullable(), faults: z.array(configFault) }),
  }),
  'config.show': method({
    summary: 'The configuration in force, key by key, with where each value comes from; secrets masked.',
    access: 'read',
    params: none,
    result: z.object({
      file: z.string().nullable(),
      values: z.array(
        z.object({
          key: z.string(),
          value: z.unknown(),
          origin: z.enum(['default', 'file', 'environment', 'option']),
        }),
      ),
    }),
  }),
  'config.describe': method({
    summary: 'Every key: type, unit, default, whether it can change live, and what it does.',
    access: 'read',
    params: z.strictObject({ key: text.optional() }),
    result: z.object({ keys: z.array(configKey) }),
  }),
};
