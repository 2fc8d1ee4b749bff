/** What is read of the environment. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Whether to write in colour: to a terminal that knows it, unless NO_COLOR is set (no-color.org: any value but the empty one says no). */
export function hasColour({ isTTY = false }: { readonly isTTY?: boolean }, env: Environment = process.env): boolean {
  return isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
