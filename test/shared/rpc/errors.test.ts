import { expect, it } from 'vitest';
import { errorNumber, rpcError } from '../../../shared/rpc/errors.ts';

it('gives every code a number, one that JSON-RPC leaves to servers', () => {
  expect(errorNumber('params.invalid')).toBe(-32602);
  expect(errorNumber('queue.not_found')).toBeLessThanOrEqual(-32000);
  expect(errorNumber('something.new')).toBe(-32000);
  expect(errorNumber('__proto__')).toBe(-32000);
  expect(errorNumber('toString')).toBe(-32000);
});

it('does not let details stand in for the code', () => {
  expect(rpcError('timeout', 'slow', { code: 'other', path: 'a' }).data).toEqual({
    code: 'timeout',
    path: 'a',
  });
});
