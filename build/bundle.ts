/** The renderer's sources come in; every file a server of the face hands out goes out, in memory: minified, without a map, without a request beyond itself. */
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { languages } from '../renderer/words/languages.ts';

const renderer = fileURLToPath(new URL('../renderer/', import.meta.url));

/** Content-Security-Policy (CSP Level 3, Trusted Types) for every response that carries one of these files. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

export type Bundled = { readonly type: string; readonly body: Uint8Array };
/** By path below the server's root; `/index.html` is what stands at `/`. */
export type Files = ReadonlyMap<string, Bundled>;
export type Page = 'face' | 'evaluation';

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';

/**
 * Builds one page in about 50 ms and writes nothing: `face` is the face alone (`/face.js`, `/face.css`), `evaluation` the page around it
 * (`/evaluation.js`, `/evaluation.css`). `inputs`: what its scripts were made of, as paths from the clone's root. Throws what esbuild says when a source does not compile.
 */
export async function bundle(page: Page = 'evaluation'): Promise<{ readonly files: Files; readonly inputs: readonly string[] }> {
  const [frame = '', notices = '', around = '', art = ''] = await Promise.all(
    ['index.html', 'notices.html', 'evaluation/index.html', 'art.svg'].map((path) => readFile(join(renderer, path), 'utf8')),
  );
  const face = within(frame, '<!-- notices -->', notices);
  const document = page === 'face' ? face : within(around, '<!-- face -->', faceOf(face));
  const [name, main, css] = page === 'face' ? ['face', 'main.ts', 'face.css'] : ['evaluation', 'evaluation/main.ts', 'evaluation/evaluation.css'];
  const body = new TextEncoder().encode(tidy(within(document, '<!-- art -->', art + words)));
  const { outputs, inputs } = await compile({ [name]: main }, { [name]: css });
  const files = new Map([['/index.html', { type: html, body }], ...outputs]);
  if (page === 'evaluation') files.set('/icon.svg', { type: 'image/svg+xml', body: await readFile(join(renderer, 'evaluation/icon.svg')) });
  return { files, inputs };
}

/** Why no key answered is nobody's business but the person's: what explains a browser's errors to programmers stays out, 1 KB of it. */
const unexplained: Plugin = {
  name: 'unexplained',
  setup: (bundling) =>
    bundling.onLoad({ filter: /@simplewebauthn[\\/]browser[\\/].*identify(Authentication|Registration)Error\.js$/ }, ({ path }) => ({
      contents: `export const ${/(identify\w+)\.js$/.exec(path)?.[1] ?? ''} = ({ error }) => error;`,
    })),
};

/** Every language's words, as data beside the drawings: nothing of them is compiled or run. */
const words = `<template id="words">${JSON.stringify(languages).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</template>`;

/** Compiles entry points of the renderer to `/NAME.js` and `/NAME.css`. */
async function compile(
  scripts: Readonly<Record<string, string>>,
  styles: Readonly<Record<string, string>>,
): Promise<{ readonly outputs: readonly (readonly [string, Bundled])[]; readonly inputs: readonly string[] }> {
  const common = {
    absWorkingDir: renderer,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: '.',
    target: 'chrome120',
    drop: ['console'],
    plugins: [unexplained],
    legalComments: 'none' as const,
    logLevel: 'silent',
  } satisfies BuildOptions;
  const [js, css] = await Promise.all([build({ ...common, format: 'iife', entryPoints: scripts }), build({ ...common, entryPoints: styles })]);
  return {
    outputs: [...js.outputFiles, ...css.outputFiles].map(
      ({ path, contents }) => [path.replace(/^.*[\\/]/, '/'), { type: path.endsWith('.css') ? style : script, body: contents }] as const,
    ),
    inputs: Object.keys(js.metafile.inputs).map((path) => posix.join('renderer', path)),
  };
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
