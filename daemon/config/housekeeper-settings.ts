/** Keys of the housekeeper: when each of its tasks runs by itself. */
import { optional, setting } from './setting.ts';
import { cron, duration, mailAddress } from './value-type.ts';

const live = true;

export const housekeeperSettings = {
  'housekeeper.daily_report': setting(cron, '0 6 * * *', {
    live,
    summary: 'When the report of the last day is sent to the postmaster.',
  }),
  'housekeeper.report_to': optional(mailAddress, {
    live,
    summary: 'Who gets the report; otherwise postmaster, and without one of ours nobody.',
  }),
  'housekeeper.idle_account': setting(duration('1d', '3650d'), '30d', {
    live,
    summary: 'The report names accounts without a login for so long.',
  }),
  'housekeeper.retention': setting(cron, '*/10 * * * *', {
    live,
    summary: 'When what is past its time is taken away: history, removed messages, log files.',
  }),
  'housekeeper.database': setting(cron, '30 3 * * *', {
    live,
    summary: 'When the database is looked after: log copied, free pages given back, every page checked.',
  }),
  'housekeeper.certificate': setting(cron, '15 4 * * *', {
    live,
    summary: 'When the certificate is read again from its file, or made anew near the end of its life.',
  }),
  'housekeeper.disk_space': setting(cron, '*/5 * * * *', {
    live,
    summary: 'When the free space of the disk is looked at.',
  }),
  'housekeeper.self_test': setting(cron, '7 * * * *', {
    live,
    summary: 'When the self-test runs; it also does after the start and after a reload.',
  }),
};
