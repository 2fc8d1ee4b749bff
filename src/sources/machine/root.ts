import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What a file said, or the errno name of why it said nothing (`ENOENT`, `EACCES`, `EPERM`, …). */
export type Reading = { readonly text: string; readonly error: null } | { readonly text: null; readonly error: string };

/**
 * This machine's files. Everything that is told about a machine is read through one of these, so that a test can show another machine
 * as a folder of fixtures. Paths are absolute, as on the machine itself.
 */
export interface Root {
  read(path: string): Reading;
  /** As `read`, undecoded; null where it cannot be read. */
  bytes(path: string): Buffer | null;
  /** Names in a folder, sorted; empty where it cannot be read. */
  list(path: string): readonly string[];
  /** Where a symbolic link points, for example `net:[4026531833]`; null where there is none. */
  link(path: string): string | null;
  exists(path: string): boolean;
}

/** @param folder `/` for this machine. */
export function rootAt(folder = '/'): Root {
  const at = (path: string) => join(folder, path);
  return {
    read: (path) => attempt(() => readFileSync(at(path), 'utf8')),
    bytes: (path) => quietly(() => readFileSync(at(path))),
    list: (path) => quietly(() => readdirSync(at(path)).sort()) ?? [],
    link: (path) => quietly(() => readlinkSync(at(path))),
    exists: (path) => existsSync(at(path)),
  };
}

/** A file's text without surrounding space; null where it cannot be read. */
export function valueIn(root: Root, path: string): string | null {
  return root.read(path).text?.trim() ?? null;
}

function attempt(read: () => string): Reading {
  try {
    return { text: read(), error: null };
  } catch (error) {
    return { text: null, error: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

function quietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
