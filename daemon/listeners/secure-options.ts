/** What all our listeners ask of TLS. */
import type { SecureContextOptions } from 'node:tls';

/** The library's own floor is TLS 1.0, which RFC 8996 has buried. */
export const secureOptions = (tls: SecureContextOptions): SecureContextOptions => ({
  minVersion: 'TLSv1.2',
  ...tls,
});
