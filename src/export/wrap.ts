/** What a terminal has at least. */
const WIDTH = 80;

/** Words over as many lines as they need, indented; lines after the first two further. A word that is too long stays whole. */
export function wrapped(text: string, indent: number): string[] {
  const lines = [' '.repeat(indent)];
  let empty = true;
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (empty) lines[lines.length - 1] = line + word;
    else if (line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(' '.repeat(indent + 2) + word);
    empty = false;
  }
  return lines;
}
