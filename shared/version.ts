/** The versions that both programs name. */
import { version as packageVersion } from '../package.json';

export const version: string = packageVersion;
/** Rises when the API changes so that an older client or daemon would misunderstand. */
export const protocolVersion = 1;
