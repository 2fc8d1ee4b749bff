/** A process name as a filter gives it: exact, or with `*` for any run of characters. */
export interface Glob {
  /** Canonical, quoted where it must be. */
  readonly text: string;
  fits(name: string): boolean;
}

/** In a quoted value `\` takes the meaning of the next character away: `\*` is a star, `\"` a quote. */
export function parseGlob(value: string, quoted: boolean): Glob {
  /** What stands between the stars. */
  const pieces = [''];
  for (let i = 0; i < value.length; i++) {
    const escaped = quoted && value[i] === '\\' && i + 1 < value.length;
    if (escaped) i++;
    if (value[i] === '*' && !escaped) pieces.push('');
    else pieces[pieces.length - 1] += value[i] ?? '';
  }
  const text = pieces.some((piece) => /[\s"\\*]/.test(piece)) || value === '' ? quote(pieces) : pieces.join('*');
  const [only = ''] = pieces;
  return { text, fits: pieces.length === 1 ? (name) => name === only : (name) => fitsPieces(pieces, name) };
}

function quote(pieces: readonly string[]): string {
  return `"${pieces.map((piece) => piece.replaceAll(/["\\*]/g, (c) => `\\${c}`)).join('*')}"`;
}

/** First piece at the beginning, last at the end, the others between them in order, each at its earliest place. */
function fitsPieces(pieces: readonly string[], name: string): boolean {
  const last = pieces.length - 1;
  const head = pieces[0] ?? '';
  const tail = pieces[last] ?? '';
  if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
  let at = head.length;
  for (let i = 1; i < last; i++) {
    const piece = pieces[i] ?? '';
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= name.length - tail.length;
}
