/** Every file of the clone comes in; a test fails for one that stands in the wrong place, is too long, does not say what it is, or names a machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, textOf } from './tree.ts';

/** What may stand at the top; anything else belongs into a room. */
const rooms = ['agent', 'build', 'core', 'docs', 'electron', 'native', 'renderer', 'test'];
const top = ['.ci/run', '.gitattributes', '.gitignore', '.npmrc', '.oxlintrc.json', 'LICENSE', 'README.md', 'biome.json', 'package-lock.json', 'package.json', 'tsconfig.json'];
const longest = 300;

const isSource = (path: string): boolean => /\.(ts|mjs|cjs|js|c|h|cpp|css|html|sh)$/.test(path) || path === '.ci/run';
const texts = files.map((path) => [path, textOf(path)] as const).filter((entry): entry is readonly [string, string] => entry[1] !== null);

/** The comment a source file opens with, behind `#!` or a reference for the compiler; null without one. */
export function opening(source: string): string | null {
  const body = source.replace(/^(#!|\/\/\/ <).*\n/, '');
  const found = /^(?:\/\*\*?([\s\S]*?)\*\/|((?:\/\/.*\n)+)|((?:#.*\n)+))/.exec(body);
  return found === null
    ? null
    : found
        .slice(1)
        .join('')
        .replace(/^[\s*/#]+/gm, '')
        .trim();
}

test('a file stands in a room, or is one of the named few at the top', () => {
  assert.deepEqual(
    files.filter((path) => !rooms.includes(path.split('/')[0] ?? '') && !top.includes(path)),
    [],
  );
});

test(`no source file is longer than ${longest} lines`, () => {
  const lengths = texts.filter(([path]) => isSource(path)).map(([path, text]) => ({ path, lines: text.split('\n').length - 1 }));
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > longest),
    [],
  );
});

test('the first sentence of a source file says what it is', () => {
  const mute = texts
    .filter(([path]) => isSource(path) && !path.endsWith('.html'))
    .filter(([, text]) => !/^\S+(\s+\S+){5,}/.test(opening(text) ?? '') || !/[.!?:)`]/.test(opening(text) ?? ''));
  assert.deepEqual(
    mute.map(([path]) => path),
    [],
  );
});

test('the first comment is found in each language, and a file without one is seen', () => {
  assert.equal(opening('/** Bytes in, text out. */\nx'), 'Bytes in, text out.');
  assert.equal(opening('#!/usr/bin/env node\n/** Bytes in. */'), 'Bytes in.');
  assert.equal(opening('#!/bin/sh\n# Bytes in.\nset -eu'), 'Bytes in.');
  assert.equal(opening('// Bytes in.\nint x;'), 'Bytes in.');
  assert.equal(opening("import x from 'y';\n/** Late. */"), null);
});

test('every text file has LF line ends, a last line that ends, and no byte order mark', () => {
  assert.match(textOf('.gitattributes') ?? '', /^\* text=auto eol=lf$/m);
  assert.deepEqual(
    texts.filter(([, text]) => text.includes('\r') || text.startsWith('\uFEFF') || (text !== '' && !text.endsWith('\n'))).map(([path]) => path),
    [],
  );
});

const places: readonly RegExp[] = [/\/work\/(main|shared|\.)/, /\/root\/|\/home\/[a-z]|[A-Z]:\\Users\\/, /registry\.[a-z]|npmjs\.(org|com)|deb\.debian|pkg\.dev\b|artifactory/i];
test('no file names a folder of one machine, or the host of a package registry', () => {
  const named = texts
    .filter(([path]) => path !== 'test/guards/files.test.ts')
    .flatMap(([path, text]) => text.split('\n').flatMap((line, at) => (places.some((place) => place.test(line)) ? [`${path}:${at + 1}: ${line.trim()}`] : [])));
  assert.deepEqual(named, []);
});
