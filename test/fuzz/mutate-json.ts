import type { Random } from './random.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const DEEP = 2000;

function deep(): Json {
  let value: Json = 0;
  for (let depth = 0; depth < DEEP; depth++) value = depth % 2 === 0 ? [value] : { type: value };
  return value;
}

/** Values of every kind, at the edges of each. */
const VALUES: readonly Json[] = [
  ...[null, true, false, '', ' ', '0', 'x'.repeat(300), '\x1b]0;x\x07', '\u202e', '\ud800', '__proto__', '<script>', '127.0.0.1', '::'],
  ...[0, -0, 1, -1, 0.5, 65535, 65536, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, -1e308, 5e-324],
  ...[[], [null], {}, { type: 'tick' }, Array.from({ length: 200 }, () => 0), deep()],
];

/** A copy that differs in one to three places: another value, a name taken out, put in or called otherwise, an element doubled. */
export function mutatedJson(value: Json, random: Random): Json {
  let changed = value;
  for (let times = 1 + random.below(3); times > 0; times--) changed = changedAt(changed, random);
  return changed;
}

/** Goes down by chance, and changes something where it stops. */
function changedAt(value: Json, random: Random): Json {
  if (value === null || typeof value !== 'object' || random.oneIn(6)) return another(value, random);
  if (Array.isArray(value)) return changedList(value, random);
  return changedObject(value as { readonly [name: string]: Json }, random);
}

function another(value: Json, random: Random): Json {
  if (typeof value === 'number' && random.oneIn(2)) return value + random.pick([1, -1, 0.5, 2 ** 31, -value]);
  if (typeof value === 'string' && random.oneIn(3))
    return value.slice(random.below(value.length + 1)) + random.pick(['', '\0', '9', value]);
  return random.pick(VALUES);
}

function changedList(list: readonly Json[], random: Random): Json {
  if (list.length === 0) return [random.pick(VALUES)];
  const at = random.below(list.length);
  const chosen = list[at] ?? null;
  switch (random.below(5)) {
    case 0:
      return list.toSpliced(at, 1);
    case 1:
      return list.toSpliced(at, 0, chosen);
    case 2:
      return list.toSpliced(at, 0, random.pick(VALUES));
    default:
      return list.with(at, changedAt(chosen, random));
  }
}

function changedObject(object: { readonly [name: string]: Json }, random: Random): Json {
  const entries = Object.entries(object);
  if (entries.length === 0) return { type: random.pick(VALUES) };
  const at = random.below(entries.length);
  const [name, inner] = entries[at] ?? ['', null];
  switch (random.below(8)) {
    case 0:
      return fromEntries(entries.toSpliced(at, 1));
    case 1:
      return fromEntries([
        ...entries,
        [random.pick(['__proto__', 'constructor', 'toString', 'type', 'x', `${name}s`]), random.pick(VALUES)],
      ]);
    case 2:
      return fromEntries(entries.with(at, [`${name}x`, inner]));
    default:
      return fromEntries(entries.with(at, [name, changedAt(inner, random)]));
  }
}

/** As JSON.parse makes it: `__proto__` is a name like any other. */
function fromEntries(entries: readonly (readonly [string, Json])[]): Json {
  return Object.fromEntries(entries);
}
