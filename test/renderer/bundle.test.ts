/** The bundle comes in; its budgets, its policy and the bare document are held to what was promised. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bundle, contentSecurityPolicy, type Files, type Page } from '../../build/bundle.ts';
import { languages } from '../../renderer/words/languages.ts';

const { en, es } = languages;
const text = (files: Files, path: string): string => Buffer.from(files.get(path)?.body ?? []).toString();
const pages: Readonly<Record<Page, Files>> = { face: (await bundle('face')).files, evaluation: (await bundle('evaluation')).files };

test('the face is at most 12 KB of script and 6 KB of style, compressed', () => {
  const size = (path: string): number => gzipSync(pages.face.get(path)?.body ?? new Uint8Array(), { level: 9 }).byteLength;
  assert.ok(size('/face.js') > 1_000 && size('/face.js') <= 12 * 1024, `face.js is ${size('/face.js')} bytes`);
  assert.ok(size('/face.css') > 1_000 && size('/face.css') <= 6 * 1024, `face.css is ${size('/face.css')} bytes`);
});

test('words are data in the document, of at most 16 KB with everything in it, and none of them is script', () => {
  const { body } = pages.face.get('/index.html') ?? { body: new Uint8Array() };
  const size = gzipSync(body, { level: 9 }).byteLength;
  assert.ok(size > 1_000 && size <= 16 * 1024, `index.html is ${size} bytes`);
  const told = /<template id="words">([^<]*)<\/template>/.exec(text(pages.face, '/index.html'))?.[1] ?? '';
  assert.deepEqual(JSON.parse(told.replaceAll('&lt;', '<').replaceAll('&amp;', '&')), { en, es });
  for (const word of [en['idle.heading'], es['idle.heading']]) assert.ok(!text(pages.face, '/face.js').includes(word));
});

test('each page is whole: what it names is in the bundle, and nothing else is', () => {
  for (const [page, files] of Object.entries(pages)) {
    const named = [...text(files, '/index.html').matchAll(/<(?:link|script)[^>]*(?:href|src)="([^"]+)"/g)].map(([, path]) => `/${path}`);
    assert.deepEqual([...files.keys()].sort(), ['/index.html', ...named].sort(), page);
    for (const [path, { body }] of files) assert.ok(body.byteLength > 200, path);
  }
});

test('no source map, no address, no inline script or style, no way to write markup', () => {
  for (const files of Object.values(pages)) {
    for (const path of files.keys()) {
      const source = text(files, path).replaceAll('http://www.w3.org/2000/svg', '');
      assert.doesNotMatch(source, /sourceMappingURL|https?:\/\/|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|@font-face|url\(/, path);
    }
    assert.doesNotMatch(text(files, '/index.html'), / style="| on\w+="|<style|<script(?![^>]* src=)/);
  }
});

test('the policy is the strictest one', () => {
  const directives = new Map(contentSecurityPolicy.split('; ').map((d) => [d.slice(0, d.indexOf(' ')), d.slice(d.indexOf(' ') + 1)]));
  assert.equal(directives.get('default-src'), "'none'");
  assert.equal(directives.get('frame-ancestors'), "'none'");
  assert.equal(directives.get('require-trusted-types-for'), "'script'");
  assert.equal(directives.get('trusted-types'), "'none'");
  for (const [name, value] of directives) assert.match(value, name === 'require-trusted-types-for' ? /^'script'$/ : /^'(none|self)'$/, name);
});

test('the bare document, before any script, shows the covered screen in the words of the others', () => {
  const page = text(pages.face, '/index.html');
  const shown = page
    .split('<section ')
    .slice(1)
    .filter((section) => !/^[^>]* hidden/.test(section));
  assert.equal(shown.length, 1);
  assert.ok(shown[0]?.includes(`>${en['lost.heading']}</h1>`) && shown[0].includes(`>${en['lost.line']}</p>`));
});

test('every reference to a drawing finds it, and no two things share a name', () => {
  for (const files of Object.values(pages)) {
    const page = text(files, '/index.html');
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.deepEqual(
      ids.filter((id, at) => ids.indexOf(id) !== at),
      [],
    );
    const wanted = [...page.matchAll(/<use href="#([^"]+)"/g)].map(([, id]) => id);
    assert.deepEqual(
      wanted.filter((id) => !ids.includes(id)),
      [],
    );
    const drawn = ids.filter((id) => id?.startsWith('i-'));
    assert.deepEqual(
      drawn.filter((id) => !wanted.includes(id)),
      [],
      'drawings that stand nowhere',
    );
  }
});
