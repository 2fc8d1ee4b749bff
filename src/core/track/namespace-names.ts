import type { NamespacesInput } from '../model/input.ts';

/** What network namespaces are called. Inodes are recycled, so whoever knows the names tells all of them anew. */
export class NamespaceNames {
  #names: ReadonlyMap<number, string> = new Map();

  take({ names }: NamespacesInput): void {
    this.#names = new Map(names.map(({ netns, name }) => [netns, name]));
  }

  of(netns: number | null): string | null {
    if (netns === null || this.#names.size === 0) return null;
    return this.#names.get(netns) ?? null;
  }

  all(): NamespacesInput['names'] {
    return [...this.#names].map(([netns, name]) => ({ netns, name }));
  }
}
