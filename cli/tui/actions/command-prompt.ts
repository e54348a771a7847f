/** `:` and any command of mailctl: asked for, completed from the tree of commands, run in a pane. */
import { splitWords } from '../command-text.ts';
import type { Services } from '../services.ts';
import { errorText } from '../store/notices.ts';

/** More are not recalled. */
const maxHistory = 100;
/** Verbs of the command line that change nothing; in read-only mode there are no others. */
const readingVerbs = new Set([
  'list',
  'show',
  'watch',
  'explain',
  'summary',
  'operations',
  'check',
  'describe',
]);
const readingNouns = new Set(['status', 'doctor', 'audit', 'trace', 'completion', '--help', '--version']);

export function askCommand({ view, options }: Services): void {
  view.prompt.set({
    label: ':',
    text: '',
    hint: 'queue summary   log -n 20   domains add example.org',
    history: view.commandHistory,
    complete: (text) => options.commands.complete(text),
    submit: (text) => {
      let args: string[];
      try {
        args = splitWords(text);
      } catch (error) {
        return errorText(error);
      }
      if (args[0] === 'mailctl') args.shift();
      if (args.length === 0) return null;
      const refused = refusal(options.commands.resolve(args), options.readOnly);
      if (refused !== null) return refused;
      view.commandHistory.push(text);
      view.commandHistory.splice(0, view.commandHistory.length - maxHistory);
      view.overlay.set({ kind: 'output', args });
      return null;
    },
  });
}

/** `path` is noun and verb, a verb that is not named filled in. */
function refusal(path: readonly string[], readOnly: boolean): string | null {
  const [noun = '', verb = ''] = path;
  if (noun === 'tui') return 'this is it';
  if (!readOnly || readingNouns.has(noun) || readingVerbs.has(verb)) return null;
  return 'read-only: commands that change something are not run';
}
