/** The values that many methods share, with their bounds. */
import { z } from 'zod';

/** ISO 8601 UTC with milliseconds: `2026-11-22T04:31:00.123Z`. */
export const time = z.iso.datetime();
/** Whole, not negative. */
export const count = z.int().min(0);
/** Id of a message in the queue, of a session, of an operation: whole, rising, never used again. */
export const id = z.int().min(1);
export const ids = z.array(id).min(1).max(10_000);
/** Text that a person or a script gave; long enough for any address, short enough to log. */
export const text = z.string().min(1).max(1_000);
/** `*` stands for any run of characters; compared without regard to case. */
export const pattern = text;
/** An IPv4 or IPv6 address or network: `192.0.2.1`, `2001:db8::/32`. */
export const network = z.string().min(2).max(64);
/** Opaque to the caller; taken from `next` of the page before. */
export const cursor = z.string().max(1_000);
export const seconds = z
  .int()
  .min(0)
  .max(10 * 365 * 86_400);
export const none = z.strictObject({});
