/**
 * Keys of what looks at a message before it is taken: scanners, the quarantine, and the checks of its sender.
 *
 * All can change live: a message that is being looked at is judged by what held when it came.
 */
import { scannerAddress } from './host-and-port.ts';
import { optional, setting } from './setting.ts';
import { choice, domainPattern, duration, integer, size, tableBy } from './value-type.ts';

const live = true;

const action = choice('reject', 'mark', 'quarantine', 'drop');
const unavailable = choice('accept', 'defer');
const mode = choice('off', 'mark', 'enforce');

export const scanSettings = {
  'scan.concurrency': setting(integer(1, 1000, 'scans'), 10, {
    live,
    summary: 'Most scans at one time, by each scanner; further messages wait for their turn.',
  }),
  'scan.timeout': setting(duration('100ms', '10m'), '30s', {
    live,
    summary:
      'Longest time for one scan, the wait for its turn included; then the scanner counts as unavailable.',
  }),
  'scan.clamd.address': optional(scannerAddress, {
    live,
    summary: 'Where clamd of ClamAV listens; otherwise nothing is searched for viruses.',
  }),
  'scan.clamd.action': setting(action, 'reject', {
    live,
    summary:
      'What is done with a virus: refuse the message, take it with a header that says so, keep it in the quarantine, or take it and throw it away.',
  }),
  'scan.clamd.unavailable': setting(unavailable, 'defer', {
    live,
    summary:
      'While clamd gives no verdict: take the message with a header that says so, or tell the client to come back later.',
  }),
  'scan.clamd.max_size': setting(size('1k', '2G'), '25M', {
    live,
    summary: 'Larger messages are not searched; must not be above StreamMaxLength of clamd.conf.',
  }),
  'scan.clamd.signatures_max_age': setting(duration('0s', '365d'), '7d', {
    live,
    summary: 'The status warns when the signatures of clamd are older than this; 0s: never.',
  }),
  'scan.spamd.address': optional(scannerAddress, {
    live,
    summary: 'Where spamd of SpamAssassin listens; otherwise it is not asked.',
  }),
  'scan.spamd.action': setting(action, 'mark', {
    live,
    summary: 'What is done with what SpamAssassin takes for spam; as scan.clamd.action.',
  }),
  'scan.spamd.unavailable': setting(unavailable, 'accept', {
    live,
    summary: 'While spamd gives no verdict; as scan.clamd.unavailable.',
  }),
  'scan.spamd.max_size': setting(size('1k', '2G'), '1M', {
    live,
    summary: 'Larger messages are not shown to spamd.',
  }),
  'scan.rspamd.address': optional(scannerAddress, {
    live,
    summary: 'Where the normal worker of rspamd listens; otherwise it is not asked.',
  }),
  'scan.rspamd.action': setting(action, 'mark', {
    live,
    summary: 'What is done with what rspamd takes for spam; as scan.clamd.action.',
  }),
  'scan.rspamd.unavailable': setting(unavailable, 'accept', {
    live,
    summary: 'While rspamd gives no verdict; as scan.clamd.unavailable.',
  }),
  'scan.rspamd.max_size': setting(size('1k', '2G'), '10M', {
    live,
    summary: 'Larger messages are not shown to rspamd.',
  }),
  'quarantine.keep': setting(duration('1m', '3650d'), '30d', {
    live,
    summary: 'How long a message is kept in the quarantine; then it is removed.',
  }),
  'verify.mode': setting(mode, 'off', {
    live,
    summary:
      'Whether SPF, DKIM, DMARC and ARC of what strangers send are checked: not at all, written into a header, or obeyed as the DMARC policy of the author domain asks.',
  }),
  'verify.domains': setting(
    tableBy(domainPattern, 'domain', mode),
    {},
    { live, summary: 'Author domains for which verify.mode is another; the first pattern that fits counts.' },
  ),
  'verify.timeout': setting(duration('100ms', '2m'), '15s', {
    live,
    summary: 'Longest time for these checks; what is not known by then is a temporary error.',
  }),
  'verify.max_size': setting(size('1k', '2G'), '10M', {
    live,
    summary: 'Larger messages are not checked.',
  }),
};
