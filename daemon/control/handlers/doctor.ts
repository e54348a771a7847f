/** The self-test. */
import type { Acknowledgement, Check, Finding } from '../../../shared/api/doctor.ts';
import { type Clock, isoTime } from '../../clock.ts';
import type { HandlersOf } from '../handler.ts';

export interface DoctorNeeds {
  readonly selfTest: { run(): Promise<void>; checks(): Check[] };
  /** Everything that is wrong, whoever found it. */
  readonly warnings: { findings(): Finding[] };
  readonly acknowledgements: {
    add(code: string, subject: string | null, forMs: number): Promise<Acknowledgement>;
  };
  readonly clock: Clock;
}

export const doctorHandlers = ({
  selfTest,
  warnings,
  acknowledgements,
  clock,
}: DoctorNeeds): HandlersOf<'doctor'> => ({
  'doctor.run': async () => {
    await selfTest.run();
    return {
      checkedAt: isoTime(clock.now()),
      findings: warnings.findings(),
      checks: selfTest.checks(),
    };
  },
  'doctor.acknowledge': async ({ code, subject, forSeconds }) => ({
    acknowledgement: await acknowledgements.add(code, subject ?? null, forSeconds * 1_000),
  }),
});
