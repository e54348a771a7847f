/** What all our listeners ask of TLS. */
import type { SecureContextOptions } from 'node:tls';

export const secureOptions = (tls: SecureContextOptions): SecureContextOptions => ({
  // The library's own floor is TLS 1.0, which RFC 8996 has buried.
  minVersion: 'TLSv1.2',
  ...tls,
});
