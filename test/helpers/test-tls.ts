/** A certificate for tests, made once a file: making a key takes a while. */
import type { SecureContextOptions } from 'node:tls';
import { makeSelfSignedCertificate } from '../../daemon/net/self-signed-certificate.ts';

let made: SecureContextOptions | undefined;

export function testTls(): SecureContextOptions {
  if (made === undefined) {
    const { certificate, key } = makeSelfSignedCertificate('mx.example.com', Date.now());
    made = { cert: certificate, key };
  }
  return made;
}
