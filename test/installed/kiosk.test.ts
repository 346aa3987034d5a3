/** The whole path of a shared kiosk: the installed agent as its own account, real pcscd, the shipped helper and hooks in a generic account’s X session; two people switch, an application asks, and the agent is killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { ended, until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { foundOf, generic } from '../session/kiosk-rig.ts';
import { type GenericSession, openSession } from '../session/shared-desktop.ts';
import { people } from '../session/logind/stand.ts';
import { enrol, enterPin, tap } from './hands.ts';
import { type InstalledStation, startInstalled } from './station.ts';

const skip = need('linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'compiler', 'namespaces', 'display', 'contexts', 'perl');
const perl = realpathSync('/usr/bin/perl');
const request = `{"v":1,"act":"Export","nonce":"${'n'.repeat(24)}"}`;

/** Whose desktops are seen on the session’s display: the names of their contexts. */
async function seen({ outside }: GenericSession): Promise<readonly string[]> {
  const tree = await outside('xwininfo', '-root', '-tree');
  const shown = await Promise.all([...tree.matchAll(/^\s+(0x[0-9a-f]+) .* 1024x768\+0\+0 /gm)].map(async ([, id = '']) => {
    const [name, attributes] = await Promise.all([outside('xprop', '-id', id, '_TAPWARD_CONTEXT').catch(() => ''), outside('xwininfo', '-id', id).catch(() => '')]);
    return attributes.includes('IsViewable') ? (/= "(\w+)"/.exec(name)?.[1] ?? null) : null;
  }));
  return shown.filter((name) => name !== null);
}

/** The session’s own helper, as its autostart has it. */
function startHelper(session: GenericSession, { run }: InstalledStation, dir: string): () => Promise<void> {
  const helper = spawn(process.execPath, [
    join(import.meta.dirname, '../../native/helper/program.ts'), `--socket=${run}/helper.sock`, `--agent-uid=${people['tapward']}`, `--hooks=${dir}/hooks.d`, `--programs=${session.programs}`,
  ], { env: { ...session.env, HOME: join(dir, 'home'), XDG_RUNTIME_DIR: join(dir, 'run'), LANG: 'C.UTF-8' }, stdio: 'ignore', ...generic });
  return async () => {
    await ended(helper);
    for (const { pid } of foundOf({ dir })) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended with another of them.
      }
    }
  };
}

/** An application of the session, named in the policy by the file it runs: what it was answered. */
async function ask(path: string, as: { readonly uid: number; readonly gid: number }): Promise<() => string> {
  let answer = '';
  const app = spawn(perl, ['-MIO::Socket::UNIX', '-e', 'my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die; print $s "$ARGV[1]\n"; print while <$s>;', path, request], { stdio: ['ignore', 'pipe', 'inherit'], ...as });
  app.stdout.on('data', (text: Buffer) => (answer += text.toString()));
  return () => answer;
}

test('installed kiosk: two people switch by taps, an application asks, and a killed agent leaves nobody’s work in view', { skip }, async () => {
  await using stack = new AsyncDisposableStack();
  const station = stack.use(await startInstalled({ sessions: 'kiosk', kioskAccount: 'games', takeOver: 'switch', hookTimeout: '15 s', stepUpApps: [{ program: perl, name: 'Records' }] }));
  const session = stack.use(await openSession());
  const dir = mkdtempSync(join(tmpdir().replace(/^\/tmp\b/, '/var/tmp'), 'tapward-kiosk-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  chmodSync(dir, 0o711);
  for (const name of ['home', 'run']) {
    mkdirSync(join(dir, name), { mode: 0o700 });
    chownSync(join(dir, name), generic.uid, generic.gid);
  }
  cpSync(session.hooks, join(dir, 'hooks.d'), { recursive: true });
  writeFileSync(join(dir, 'programs'), '');
  const agent = await station.start();
  stack.defer(startHelper(session, station, dir));
  await enrol(station, 'Sam');
  await enrol(station, 'Ana');
  const face = await station.face();
  await sleep(1_100);

  const enter = async (who: 'Sam' | 'Ana'): Promise<string> => {
    await tap(station, face, who, 'pin');
    await enterPin(station, face, who, false);
    const [one, ...others] = await seen(session);
    assert.ok(one !== undefined && others.length === 0, 'her own desktop is seen, and nobody else’s');
    return one;
  };
  const sams = await enter('Sam');
  const anas = await enter('Ana');
  assert.notEqual(anas, sams);

  // What it runs, the session’s helper says: the agent’s account may not look. Another account’s is turned away.
  const door = join(station.run, 'step-up/step-up.sock');
  const answered = await ask(door, generic);
  await face.until('the question', (v) => v.screen.kind === 'confirm');
  face.type('184629');
  await until('a statement', () => /"result":"confirmed"/.test(answered()));
  const strange = await ask(door, { uid: 13, gid: 13 });
  await until('it is turned away', () => /Only applications of the session/.test(strange()));

  await sleep(1_100);
  assert.equal(await enter('Sam'), sams, 'to the desktop he had left');
  agent.child.kill('SIGKILL');
  await agent.ended;
  await until('nothing of his is seen', async () => (await seen(session)).length === 0);
  face.close();
  await station.start();
  const again = await station.face();
  await again.until('the locked screen', (v) => v.screen.kind === 'idle');
  assert.deepEqual(await seen(session), []);
  // Until the lock is confirmed by the face that has just come, which it is asked for at once.
  await sleep(1_500);
  await tap(station, again, 'Sam', 'pin');
  await enterPin(station, again, 'Sam', false);
  assert.deepEqual(await seen(session), [sams], 'and the next agent finds it again');
  assert.doesNotMatch(readFileSync(join(station.state, 'agent.log'), 'utf8'), new RegExp(`184629|04a1b2c3d4e5f6`, 'i'));
});
