/** A signing program and a throw-away certificate come in; that every program of ours and the package itself carry its signature, that osslsigncode agrees, and that a signer who fails is no release, is tested. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { packMsi } from '../../build/package/msi.ts';
import { signer } from '../../build/windows/signing.ts';
import { need } from '../needs.ts';
import { type Place, place, smallPayload, summaryOf, tableOf } from './place.ts';

const skip = need('msitools', 'mingw', 'osslsigncode', 'openssl');
const options = { skip, timeout: 120_000 };
let here: Place;
const at = (name: string): string => join(here.folder, name);
/** A program as a site would name it in TAPWARD_SIGN. */
function program(name: string, ...lines: readonly string[]): string {
  writeFileSync(at(name), ['#!/bin/sh', 'set -e', ...lines, ''].join('\n'), { mode: 0o755 });
  return at(name);
}
const packed = (sign: string): Promise<string> => packMsi({ folder: at('payload'), version: '1.2.3', noface: false, out: at('out'), signer: sign });
/** Throws unless the signature is whole and the certificate ours. */
const verified = (path: string): string =>
  execFileSync('osslsigncode', ['verify', '-CAfile', at('cert.pem'), '-in', path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

before(
  async () => {
    if (skip !== false) return;
    here = place();
    mkdirSync(at('payload'));
    await smallPayload(at('payload'));
    const subject = ['-subj', '/CN=Throw-away', '-addext', 'extendedKeyUsage=codeSigning', '-addext', 'basicConstraints=critical,CA:FALSE'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', at('key.pem'), '-out', at('cert.pem'), ...subject], { stdio: 'ignore' });
  },
  { timeout: 300_000 },
);
after(() => {
  if (skip === false) here[Symbol.dispose]();
});

test('with a signer, the package and every program in it are signed, and nothing says otherwise', options, async () => {
  const sign = program('sign', `osslsigncode sign -certs ${at('cert.pem')} -key ${at('key.pem')} -in "$1" -out "$1.signed" >/dev/null`, 'mv "$1.signed" "$1"');
  const msi = await packed(sign);
  assert.equal(basename(msi), 'tapward-1.2.3-x64.msi');
  assert.match(verified(msi), /Signature verification: ok/);
  assert.match(summaryOf(msi), /^Comments: Signed\.$/m);
  assert.ok(!tableOf(msi, 'Property').some((row) => row['Property'] === 'ARPCOMMENTS'));
  execFileSync('msiextract', ['--directory', at('extracted'), msi], { stdio: 'ignore' });
  const programs = readdirSync(at('extracted'), { recursive: true, encoding: 'utf8' }).filter((path) => /\.(exe|dll)$/.test(path));
  assert.equal(programs.length, 3);
  for (const path of programs) assert.match(verified(join(at('extracted'), path)), /Signature verification: ok/, path);
  // Of the payload itself nothing was changed: the next package begins with the same bytes.
  assert.throws(() => verified(join(at('payload'), 'tapward.exe')));
});

test('a signer that fails, or that only says it signed, leaves no package, and one sentence', options, async () => {
  await assert.rejects(packed(program('refuses', 'echo "the token is not plugged in" >&2', 'exit 1')), /did not sign tapward-cp\.dll: the token is not plugged in/);
  await assert.rejects(packed(program('lies', 'exit 0')), /tapward-cp\.dll carries no signature: mend that program\.$/);
  assert.deepEqual(readdirSync(at('out')), ['tapward-1.2.3-x64.msi']);
  assert.deepEqual([signer({}), signer({ TAPWARD_SIGN: '' }), signer({ TAPWARD_SIGN: '/x' })], [null, null, '/x']);
});
