/** The renderer's sources come in; every file a server of the face hands out goes out, in memory: minified, without a map, without a request beyond itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const renderer = fileURLToPath(new URL('../renderer/', import.meta.url));

/** Content-Security-Policy (CSP Level 3, Trusted Types) for every response that carries one of these files. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

export type Bundled = { readonly type: string; readonly body: Uint8Array };
/** `files` by path below the server's root: `index.html`, `face.js`, `face.css` are the face alone; `evaluation.html`, `.js`, `.css` the page around it. */
export type Bundle = { readonly files: ReadonlyMap<string, Bundled> };

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';

/** Builds everything in about 50 ms and writes nothing. Throws what esbuild says when a source does not compile. */
export async function bundle(): Promise<Bundle> {
  const [face, evaluation, art, built] = await Promise.all([
    readFile(join(renderer, 'index.html'), 'utf8'),
    readFile(join(renderer, 'evaluation/index.html'), 'utf8'),
    readFile(join(renderer, 'art.svg'), 'utf8'),
    compile({ face: 'main.ts', evaluation: 'evaluation/main.ts' }, { face: 'face.css', evaluation: 'evaluation/evaluation.css' }),
  ]);
  const alone = within(face, '<!-- art -->', art);
  const files = new Map<string, Bundled>([
    ['index.html', { type: html, body: bytes(tidy(alone)) }],
    ['evaluation.html', { type: html, body: bytes(tidy(within(within(evaluation, '<!-- art -->', art), '<!-- face -->', faceOf(face)))) }],
    ...built,
  ]);
  return { files };
}

/** Compiles entry points of the renderer to `NAME.js` and `NAME.css`. */
export async function compile(scripts: Readonly<Record<string, string>>, styles: Readonly<Record<string, string>>): Promise<readonly (readonly [string, Bundled])[]> {
  const common = { absWorkingDir: renderer, bundle: true, minify: true, write: false, outdir: '.', target: 'chrome120', legalComments: 'none', logLevel: 'silent' } as const;
  const [js, css] = await Promise.all([build({ ...common, format: 'iife', entryPoints: scripts }), build({ ...common, entryPoints: styles })]);
  return [...js.outputFiles, ...css.outputFiles].map(
    ({ path, contents }) => [path.replace(/^.*[\\/]/, ''), { type: path.endsWith('.css') ? style : script, body: contents }] as const,
  );
}

/** The part of the face's document between its two comments. */
function faceOf(document: string): string {
  const part = /<!-- face:[^]*?-->([^]*)<!-- \/face -->/.exec(document)?.[1];
  if (part === undefined) throw new Error('renderer/index.html has lost the comments around its face');
  return part;
}

function within(document: string, place: string, part: string): string {
  if (!document.includes(place)) throw new Error(`the document has lost its place ${place}`);
  return document.replace(place, () => part);
}

const tidy = (document: string): string => document.replace(/<!-- [^]*?-->/g, '').replace(/\n\s+/g, '\n');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
