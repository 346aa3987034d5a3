/** JSON text that parses comes in; on which line each of its members stands, and which stand there twice, go out. */

export type Path = readonly (string | number)[];
export type JsonLines = {
  /** From 1; null: there is no such member. */
  readonly lineOf: (path: Path) => number | null;
  /** Members whose key stands earlier in the same object: JSON.parse takes the last one without a word. */
  readonly repeated: readonly { readonly key: string; readonly line: number }[];
};

type Token = { readonly text: string; readonly line: number };

/** Of text that JSON.parse has taken. */
export function jsonLines(text: string): JsonLines {
  const tokens = tokensOf(text);
  const lines = new Map<string, number>();
  const repeated: { key: string; line: number }[] = [];
  let at = 0;
  const peek = (): string => tokens[at]?.text ?? '';

  const object = (path: Path): void => {
    const seen = new Set<string>();
    at++;
    while (peek() !== '}') {
      const { text: quoted, line } = tokens[at] as Token;
      const key = JSON.parse(quoted) as string;
      if (seen.has(key)) repeated.push({ key, line });
      seen.add(key);
      at += 2;
      value([...path, key], line);
      if (peek() === ',') at++;
    }
    at++;
  };
  const array = (path: Path): void => {
    at++;
    for (let i = 0; peek() !== ']'; i++) {
      value([...path, i], tokens[at]?.line ?? 1);
      if (peek() === ',') at++;
    }
    at++;
  };
  const value = (path: Path, line: number): void => {
    lines.set(JSON.stringify(path), line);
    if (peek() === '{') object(path);
    else if (peek() === '[') array(path);
    else at++;
  };

  value([], 1);
  return { lineOf: (path) => lines.get(JSON.stringify(path)) ?? null, repeated };
}

/** How deep its lists and objects lie in each other. */
export function nesting(text: string): number {
  let [now, deepest] = [0, 0];
  for (const { text: token } of tokensOf(text)) {
    if (token === '{' || token === '[') deepest = Math.max(deepest, ++now);
    else if (token === '}' || token === ']') now--;
  }
  return deepest;
}

function tokensOf(text: string): readonly Token[] {
  const found: Token[] = [];
  let line = 1;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|\n|[^\s{}[\],:"]+/g)) {
    if (token === '\n') line++;
    else found.push({ text: token, line });
  }
  return found;
}
