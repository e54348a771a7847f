/** The self-test: what is wrong with this server, with evidence and a remedy. */
import { z } from 'zod';
import { method } from './method.ts';
import { warning } from './server.ts';
import { count, none, seconds, text, time } from './values.ts';

/** A warning as the status has it; null unless an operator has acknowledged it. */
export const finding = warning.extend({ acknowledgedUntil: time.nullable() });
export type Finding = z.infer<typeof finding>;

export const checkOutcome = z.enum(['ok', 'findings', 'could_not_check']);
export const check = z.object({
  name: z.string(),
  outcome: checkOutcome,
  /** Why it could not be checked, or what was looked at; empty when there is nothing to say. */
  detail: z.string(),
  durationMs: count,
});
export type Check = z.infer<typeof check>;

export const acknowledgement = z.object({
  code: z.string(),
  /** Null: whatever it is about. */
  subject: z.string().nullable(),
  until: time,
});
export type Acknowledgement = z.infer<typeof acknowledgement>;

export const doctorMethods = {
  'doctor.run': method({
    summary:
      'Runs the self-test now; answers all that is wrong, the gravest first, and what each check came to.',
    access: 'read',
    params: none,
    result: z.object({ checkedAt: time, findings: z.array(finding), checks: z.array(check) }),
  }),
  'doctor.acknowledge': method({
    summary: 'Takes a finding out of the warnings for a time; 0 seconds brings it back.',
    access: 'write',
    params: z.strictObject({ code: text, subject: text.optional(), forSeconds: seconds }),
    result: z.object({ acknowledgement }),
  }),
};
