/** The whole path of a shared kiosk: the installed agent as its own account, real pcscd, the shipped helper and hooks in a generic account’s X session; two people switch, an application asks, and the agent is killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { generic } from '../session/kiosk-rig.ts';
import { enrol, enterPin, tap } from './hands.ts';
import { openPlace, seen } from './kiosk-place.ts';
import { startInstalled } from './station.ts';

const skip = need('linux', 'root', 'logind', 'vts', 'polkit', 'systemd', 'pcscd', 'compiler', 'namespaces', 'display', 'contexts', 'perl');
const perl = realpathSync('/usr/bin/perl');
const request = `{"v":1,"act":"Export","nonce":"${'n'.repeat(24)}"}`;

/** An application of the session, named in the policy by the file it runs: what it was answered. */
async function ask(path: string, as: { readonly uid: number; readonly gid: number }): Promise<() => string> {
  let answer = '';
  const app = spawn(
    perl,
    ['-MIO::Socket::UNIX', '-e', '$SIG{PIPE} = "IGNORE"; my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die; print $s "$ARGV[1]\n"; print while <$s>;', path, request],
    { stdio: ['ignore', 'pipe', 'inherit'], ...as },
  );
  app.stdout.on('data', (text: Buffer) => (answer += text.toString()));
  return () => answer;
}

test('installed kiosk: two people switch by taps, an application asks, and a killed agent leaves nobody’s work in view', { skip }, async () => {
  await using stack = new AsyncDisposableStack();
  const station = stack.use(
    await startInstalled({ sessions: 'kiosk', kioskAccount: 'games', takeOver: 'switch', hookTimeout: '15 s', stepUpApps: [{ program: perl, name: 'Records' }] }),
  );
  const { session, startHelper } = stack.use(await openPlace(station));
  const agent = await station.start();
  startHelper();
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
