/** The shell scripts of an installed station come in; that what a power cut left goes with a removal, and that nothing outlives a session it has no part in, is tested. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../build/setup.mjs';
import { need } from '../needs.ts';

function folder(files: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'tapward-scripts-'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(path, name), text);
    chmodSync(join(path, name), 0o755);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test('a removal takes away what was half written when the power went', { skip: need('linux', 'root', 'namespaces') }, () => {
  using pam = folder({ lightdm: 'auth required pam_unix.so\n', '.lightdm.before-tapward': '', '.lightdm.77.tapward-new': '', '..lightdm.before-tapward.78.tapward-new': '' });
  const lib = join(root, 'build/package/maintainer/lib.sh');
  execFileSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', 'mount --bind "$1" /etc/pam.d; . "$2"; passwords_only', 'sh', pam.path, lib], { stdio: 'pipe' });
  assert.deepEqual(readdirSync(pam.path), ['lightdm']);
});

test('who has no door at this station leaves nothing that runs on after her session', { skip: need('linux') }, async () => {
  using programs = folder({
    id: '#!/bin/sh\necho 4294967000\n',
    sleep: '#!/bin/sh\nexec /bin/sleep 0.05\n',
    loginctl: '#!/bin/sh\n[ "$2" = c7 ] && cat "$(dirname "$0")/state"\n',
    state: 'active\n',
  });
  const child = spawn(join(root, 'build/linux/session/tapward-helper-session'), [], { env: { PATH: `${programs.path}:/usr/bin:/bin`, XDG_SESSION_ID: 'c7' }, stdio: 'ignore' });
  try {
    await sleep(500);
    assert.equal(child.exitCode, null, 'it waits for a door while the session stands');
    const exit = once(child, 'exit');
    writeFileSync(join(programs.path, 'state'), 'closing\n');
    assert.deepEqual(await Promise.race([exit, sleep(5_000, 'it still runs')]), [0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
