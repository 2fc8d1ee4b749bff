/** Marks that are drawn as nothing or steer what is around them: zero-width, bidi, fillers, tags; line ends; annotations. */
const DECEIVING = /[\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const CONTROL = /[\u0000-\u001f\u007f-\u009f\\]/g;
const ACTING = /[\u007f-\u009f\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Text chosen by someone else (a process's name, a reason, a host) as it may be shown: ESC → `\x1b`, U+202E → `\u{202e}`, `\` → `\\`.
 * Every character of it is visible, none can act, and no two texts look the same for it. Escapes rather than pictures like ␛, which many
 * fonts lack. Markup is the browser's care: this goes into text nodes only.
 */
export function visibleText(text: string): string {
  return text.replace(CONTROL, control).replace(DECEIVING, codePoint).replace(LONE_SURROGATE, codePoint);
}

/** Lines of our own that others' text may stand in: as {@link visibleText}, but line ends and `\\` stay what they are. */
export function inertText(text: string): string {
  return text
    .replace(CONTROL, (character) => (character === '\n' || character === '\\' ? character : control(character)))
    .replace(DECEIVING, codePoint)
    .replace(LONE_SURROGATE, codePoint);
}

/** A line of JSON that no terminal acts on, and that says the same: JSON itself escapes no more than what is below U+0020. */
export function inertJson(line: string): string {
  return line.replace(ACTING, (characters) =>
    Array.from({ length: characters.length }, (_, at) => `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

function control(character: string): string {
  if (character === '\\') return '\\\\';
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function codePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
