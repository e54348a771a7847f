/**
 * The boundaries that are open while a message is read (RFC 2046 5.1.1), found from the beginning of a line.
 *
 * It is enough that a line begins with a boundary. Of several that fit the longest is meant, and of equal ones the
 * innermost, which is the one opened last. A tree, because a line must not be compared with each of a hundred
 * boundaries that differ in their last character.
 */
interface Node<T> {
  readonly next: Map<number, Node<T>>;
  readonly owners: T[];
}

const dash = 0x2d;
/** RFC 2046 allows 70; of longer ones this much has to fit. */
const longestBoundary = 200;
/** Bytes of a line that have to be known: two dashes, the boundary, two dashes. */
export const boundaryLineBytes = 2 + longestBoundary + 2;

export class BoundaryTree<T> {
  readonly #root: Node<T> = { next: new Map(), owners: [] };

  get empty(): boolean {
    return this.#root.next.size === 0 && this.#root.owners.length === 0;
  }

  /** @param boundary One character per byte. */
  open(boundary: string, owner: T): void {
    let node = this.#root;
    for (const code of codes(boundary)) {
      let next = node.next.get(code);
      if (next === undefined) {
        next = { next: new Map(), owners: [] };
        node.next.set(code, next);
      }
      node = next;
    }
    node.owners.push(owner);
  }

  close(boundary: string, owner: T): void {
    const way: Node<T>[] = [this.#root];
    for (const code of codes(boundary)) {
      const next = way.at(-1)?.next.get(code);
      if (next === undefined) return;
      way.push(next);
    }
    const owners = way.at(-1)?.owners ?? [];
    const at = owners.lastIndexOf(owner);
    if (at !== -1) owners.splice(at, 1);
    const string = boundary.slice(0, longestBoundary);
    for (let depth = way.length - 1; depth > 0; depth -= 1) {
      const node = way[depth];
      if (node === undefined || node.owners.length > 0 || node.next.size > 0) return;
      way[depth - 1]?.next.delete(string.charCodeAt(depth - 1));
    }
  }

  /**
   * @param bytes A line from `from` to `end`, or the first {@link boundaryLineBytes} of it.
   * @returns Null: it is no boundary. `last`: nothing but an epilogue comes after it.
   */
  find(bytes: Uint8Array, from: number, end: number): { readonly owner: T; readonly last: boolean } | null {
    if (end - from < 2 || bytes[from] !== dash || bytes[from + 1] !== dash) return null;
    let node: Node<T> | undefined = this.#root;
    let owner: T | undefined;
    let behind = from;
    for (let at = from + 2; node !== undefined; at += 1) {
      const longer = node.owners.at(-1);
      if (longer !== undefined) {
        owner = longer;
        behind = at;
      }
      if (at >= end) break;
      node = node.next.get(bytes[at] ?? 0);
    }
    if (owner === undefined) return null;
    return { owner, last: behind + 1 < end && bytes[behind] === dash && bytes[behind + 1] === dash };
  }
}

function* codes(boundary: string): Generator<number> {
  for (let at = 0; at < Math.min(boundary.length, longestBoundary); at += 1) yield boundary.charCodeAt(at);
}
