import { describe, expect, it } from 'vitest';
import type { Paint } from '../../cli/style.ts';
import { traceLine } from '../../cli/trace-line.ts';
import { ago } from '../helpers/api-samples.ts';
import { testNow } from '../helpers/run-mailctl.ts';

const toned: Paint = (tone, text) => (tone === 'good' || tone === 'waiting' ? `[${tone}:${text}]` : text);
const line = (message: string, host: string) =>
  traceLine(
    { time: ago(1), source: 'attempt', message, queueId: 42, host },
    { now: testNow, kind: 'plain' },
    toned,
  );

describe('an attempt in a trace', () => {
  it.each([
    ['250 taken', 'mx.example.net', 'good'],
    ['delivered to Lists/Cycling', 'local', 'good'],
    ['451 4.7.1 Greylisted', 'mx.example.net', 'waiting'],
    ['Connection refused', 'mx.example.net', 'waiting'],
  ])('%s by %s is %s', (message, host, tone) => {
    expect(line(message, host)).toContain(`Q42 [${tone}:${message}]`);
  });
});
