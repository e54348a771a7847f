/** The quarantine. */
import type { Quarantine } from '../../scan/quarantine.ts';
import type { HandlersOf } from '../handler.ts';

export const quarantineHandlers = (quarantine: Quarantine): HandlersOf<'quarantine'> => ({
  'quarantine.list': (params) => quarantine.list(params),
  'quarantine.count': () => quarantine.count(),
  'quarantine.show': ({ id }) => quarantine.show(id),
  'quarantine.content': ({ id, offset, length }) => quarantine.contentSlice(id, offset, length),
  'quarantine.release': ({ ids }, { client }) => quarantine.release(ids, client),
  'quarantine.remove': (params, { client }) => quarantine.remove(params, client),
});
