/** The archive in the packaged face is opened: exactly the face's own files, and in them nothing that an argument, an environment or a file could switch, and nothing of the evaluation. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { extractFile, listPackage } from '@electron/asar';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { buildFace } from '../../build/electron.ts';
import { shipped } from '../../build/face-package.ts';
import { packagedFace, skipPackage } from './packaged.ts';

const skip = skipPackage;
/** By name: the text of each shipped file. */
const texts = new Map<string, string>();
let archive = '';
/** The same face as the sources start it: what must be absent from the archive must be found here, or the search is blind. */
const loose = new Map<string, string>();

before(async () => {
  if (skip !== false) return;
  ({ archive } = await packagedFace());
  for (const name of shipped) texts.set(name, extractFile(archive, name).toString('utf8'));
  const out = mkdtempSync(join(tmpdir(), 'tapward-loose-'));
  await buildFace({ out });
  for (const name of shipped) loose.set(name, readFileSync(join(out, name), 'utf8'));
  rmSync(out, { recursive: true, force: true });
});
const found = (word: RegExp, files: ReadonlyMap<string, string> = texts): readonly string[] =>
  [...files].flatMap(([name, text]) => [...text.matchAll(new RegExp(word, 'g'))].map(({ index }) => `${name}: ${text.slice(Math.max(0, index - 40), index + 60)}`));

test('the archive holds the face’s files and nothing else, and nothing lies beside it that would run instead', { skip }, () => {
  const files = listPackage(archive, { isPack: false }).map((path) => path.replaceAll('\\', '/').slice(1));
  assert.deepEqual(files.filter((path) => path !== 'page').sort(), [...shipped]);
  for (const rival of ['app', 'app.asar.unpacked', 'default_app.asar', 'electron.asar']) assert.equal(existsSync(join(dirname(archive), rival)), false, rival);
});

test('nothing in it is switched by an argument, an environment, a file or the name of the program', { skip }, () => {
  assert.deepEqual(found(/isPackaged|defaultApp|ELECTRON_|NODE_ENV|no-sandbox|--door|user-data-dir|setPath\(|execPath/), []);
  // The helper that holds the keys gets its display from there, by five names in electron/keys.ts; on Windows the host says which session's pipe is the face's, and lets no other in. Nothing else does.
  assert.deepEqual(
    found(/process\.env|\benv\b(?![À-ÿ])/).filter(
      (place) => !/env:\w+=process\.env|\{env:\w+,stdio|process\.platform==="win32"\?\w+\(process\.env\.TAPWARD_SESSION\?\?""\)/.test(place),
    ),
    [],
  );
  const argv = found(/argv/);
  assert.equal(argv.length, 1, `the arguments are read once, to be refused: ${argv.join('; ')}`);
  assert.match(argv[0] ?? '', /main\.js: .*process\.argv\.slice\(1\)/);
  assert.deepEqual(found(/hasSwitch\("/), [], 'no switch is asked for by name');
});

test('the only code it loads is Electron’s and Node’s', { skip }, () => {
  const asked = [...(texts.get('main.js') ?? '').matchAll(/\b(?:require|import)\(([^)]*)\)/g)].map(([, name]) => name);
  assert.deepEqual(
    [...new Set(asked)].filter((name) => !/^"(electron|node:(path|fs|net|child_process))"$/.test(name ?? '')),
    [],
  );
  assert.ok(asked.length > 0);
  assert.deepEqual(found(/\beval\(|new Function|createRequire|process\.binding|process\.dlopen|loadExtension/), []);
});

test('the tray, the endpoint, the reader and the people of the evaluation are not in it', { skip }, () => {
  const names = demoPeople.flatMap(({ uid, pin, given }) => [uid, pin, given]);
  assert.ok(names.length >= 15);
  for (const name of names) assert.deepEqual(found(new RegExp(`\\b${name}\\b`, 'i')), [], name);
  assert.deepEqual(
    found(/tray|127\.0\.0\.1|localhost|createServer|\.listen\(|EventSource|WebSocket|winscard|pcsc|better-sqlite3|argon2|koffi/i).filter(
      (place) => !/\.listen\(\w+=>|bridge/.test(place),
    ),
    [],
  );
  // The idle time is the evaluation's own measure of activity.
  assert.deepEqual(found(/getSystemIdleTime/), []);
});

test('the same search finds what it looks for in the face that is started from the sources', { skip }, () => {
  for (const word of [/no-sandbox/, /--door/, /getSystemIdleTime/]) assert.ok(found(word, loose).length > 0, String(word));
  assert.match(loose.get('main.js') ?? '', /hasSwitch\("/);
});
