/**
 * A search as a tree of keys, and what is known of each: for which messages it holds, for which it does not. What the
 * cheap keys decide need not be asked of the dear ones.
 */
import { MaildError } from '../../errors.ts';
import { MessageBits } from './message-bits.ts';
import type { SearchKey } from './search-key.ts';

export type SearchLeaf = Exclude<SearchKey, { readonly key: 'and' | 'or' | 'not' }>;

/** Messages of which it is known; of those in neither it is not. */
export interface Known {
  readonly yes: MessageBits;
  readonly no: MessageBits;
}

/** The parser allows less; this keeps the stack from overflowing whoever asks. */
const maxDepth = 1_500;

export class SearchTree {
  /** Each key once, however often it stands in the tree. */
  readonly leaves: readonly SearchLeaf[];
  readonly #root: SearchKey;
  readonly #size: number;
  readonly #ids = new Map<SearchKey, string>();
  readonly #known = new Map<string, Known>();

  /** @throws MaildError `search.too_deep`. */
  constructor(root: SearchKey, size: number) {
    this.#root = root;
    this.#size = size;
    this.leaves = this.#collect();
  }

  learn(leaf: SearchLeaf, known: Known): void {
    this.#known.set(this.#idOf(leaf), known);
  }

  get result(): Known {
    return this.#evaluate(this.#root);
  }

  get undecided(): MessageBits {
    const { yes, no } = this.result;
    return yes.or(no).complement();
  }

  #collect(): readonly SearchLeaf[] {
    const found = new Map<string, SearchLeaf>();
    const visit = (key: SearchKey, depth: number): void => {
      if (depth > maxDepth) throw new MaildError('search.too_deep', 'the search is nested too deeply');
      if (key.key === 'and' || key.key === 'or') for (const one of key.keys) visit(one, depth + 1);
      else if (key.key === 'not') visit(key.of, depth + 1);
      else found.set(this.#idOf(key), key);
    };
    visit(this.#root, 1);
    return [...found.values()];
  }

  #idOf(leaf: SearchLeaf): string {
    const known = this.#ids.get(leaf);
    if (known !== undefined) return known;
    // JSON knows no Infinity.
    const id = JSON.stringify(leaf, (_, value) => (value === Number.POSITIVE_INFINITY ? '*' : value));
    this.#ids.set(leaf, id);
    return id;
  }

  #evaluate(key: SearchKey): Known {
    const size = this.#size;
    switch (key.key) {
      case 'not': {
        const { yes, no } = this.#evaluate(key.of);
        return { yes: no, no: yes };
      }
      case 'and': {
        let [yes, no] = [MessageBits.all(size), MessageBits.none(size)];
        for (const one of key.keys) {
          const known = this.#evaluate(one);
          [yes, no] = [yes.and(known.yes), no.or(known.no)];
        }
        return { yes, no };
      }
      case 'or': {
        let [yes, no] = [MessageBits.none(size), MessageBits.all(size)];
        for (const one of key.keys) {
          const known = this.#evaluate(one);
          [yes, no] = [yes.or(known.yes), no.and(known.no)];
        }
        return { yes, no };
      }
      default:
        return (
          this.#known.get(this.#idOf(key)) ?? { yes: MessageBits.none(size), no: MessageBits.none(size) }
        );
    }
  }
}
