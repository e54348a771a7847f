/** The configuration: checked, shown, described. */
import { type Configuration, selectKeys } from '../../config/configuration.ts';
import { describeKeys } from '../../config/read-settings.ts';
import type { HandlersOf } from '../handler.ts';

export const configHandlers = (configuration: Configuration): HandlersOf<'config'> => ({
  'config.check': ({ text, name }) => configuration.check(text, name),
  'config.show': () => ({ file: configuration.file, values: configuration.show() }),
  'config.describe': ({ key }) => ({ keys: selectKeys(describeKeys(), key) }),
});
