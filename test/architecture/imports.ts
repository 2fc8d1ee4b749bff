import { posix } from 'node:path';
import ts from 'typescript';
import { type Tree, under } from './tree.ts';

/** One import as written; `to` is a path of the tree, or null where it leads out of it (a package, node:…). */
export interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly to: string | null;
}

/** All imports of the TypeScript under src/: static, re-exported, dynamic and `import('…')` types; type-only ones count like the rest. */
export function importsOf(tree: Tree): Import[] {
  return under(tree, 'src')
    .filter((path) => /\.tsx?$/.test(path))
    .flatMap((from) => specifiersIn(from, tree.get(from) ?? '').map((specifier) => ({ from, specifier, to: resolved(from, specifier) })));
}

function resolved(from: string, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : null;
}

/** Module specifiers in one file's text, in order. */
export function specifiersIn(path: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push(specifier.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}

/** Each import cycle once, as `a → b → a`. */
export function cycles(imports: readonly Import[]): string[] {
  const next = Map.groupBy(
    imports.filter((i) => i.to !== null),
    (i) => i.from,
  );
  const found = new Map<string, string>();
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      const loop = trail.slice(start);
      found.set(loop.toSorted().join(), [...loop, path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const { to } of next.get(path) ?? []) if (to !== null) walk(to, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) walk(path, []);
  return [...found.values()];
}
