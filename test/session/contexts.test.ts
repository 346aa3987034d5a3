/** Two people share one account and one screen: each has a real Chromium and a real text editor, opened and parked by the shipped hooks. What is one’s must not be the other’s, and must be there when she comes back. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenAt } from '../../agent/local-socket.ts';
import { until } from '../face/screen.ts';
import { need } from '../needs.ts';
import { contextOf, generic } from './kiosk-rig.ts';
import { openSharedDesktop, type SharedDesktop } from './shared-desktop.ts';

const skip = need('linux', 'root', 'display', 'chromium', 'contexts', 'compiler', 'perl');
const work = ['mousepad', 'chromium --no-first-run --no-default-browser-check --password-store=basic --disable-gpu about:blank'];
const [ana, sam] = ['ana', 'sam'];
/** Whoever finds this anywhere has found something of Ana’s. */
const mark = 'zebra7461';

/** Windows that a person sees on the session’s own display, by whose they are. */
async function seen(desktop: SharedDesktop): Promise<readonly string[]> {
  const tree = await desktop.outside('xwininfo', '-root', '-tree');
  // Only these fill the screen.
  const windows = [...tree.matchAll(/^\s+(0x[0-9a-f]+) .* 1024x768\+0\+0 /gm)].map(([, id]) => id ?? '');
  const found: string[] = [];
  for (const id of windows) {
    const [name, attributes] = await Promise.all([desktop.outside('xprop', '-id', id, '_TAPWARD_CONTEXT').catch(() => ''), desktop.outside('xwininfo', '-id', id).catch(() => '')]);
    const whose = /= "(\w+)"/.exec(name)?.[1];
    if (whose !== undefined && attributes.includes('IsViewable')) found.push(whose);
  }
  return found;
}

/** Everything that a program of hers can get at without being told where: windows, selections, files, processes, shared memory. */
const reach = `
xwininfo -root -tree
for s in primary secondary clipboard; do timeout 2 xclip -o -selection $s; done
grep -rlF --exclude=ask --exclude-dir=component_crx_cache --exclude-dir='*Cache*' ${mark} "$HOME/.." /tmp /run /dev/shm 2>/dev/null
find "$HOME/../../.." /tmp /var/tmp /run /dev/shm -name '*${mark}*' 2>/dev/null
cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'
ipcs -m`;

test('ten switches: Sam finds no window, selection, file, profile, list or process of Ana’s, and her unsaved text is there on each return', { skip }, async () => {
  await using desktop = await openSharedDesktop({ work });
  const { kiosk, inside } = desktop;
  const open = async (who: string): Promise<void> => {
    const outcome = await kiosk.open(who);
    assert.equal(outcome.kind, 'done', `${JSON.stringify(outcome)} ${kiosk.noted.join()}`);
    assert.deepEqual(await seen(desktop), [contextOf(who)]);
  };
  // His programs start behind hers.
  await open(sam);
  await open(ana);
  await until(
    'her programs are there',
    async () => /"Mousepad|Mousepad"/i.test(await inside(ana, 'xwininfo -root -tree')) && (await inside(ana, 'xdotool search --onlyvisible --class chromium')).trim() !== '',
    30_000,
  );
  const editor = 'w=$(xdotool search --onlyvisible --class mousepad | head -1); xdotool windowactivate --sync $w; sleep 0.2; xdotool key --window 0 ctrl+a';
  const copied = 'sleep 0.2; xdotool key --window 0 ctrl+c; sleep 0.3; timeout 2 xclip -o -selection clipboard';
  await until(
    'it was typed',
    async () => {
      await inside(ana, editor);
      // By the session’s own keyboard: what nurses press reaches her editor, through both X servers. A browser that has only just started takes the keyboard once more, in the middle of it.
      await desktop.outside('xdotool', 'type', '--delay', '20', `Not saved ${mark}.`);
      return (await inside(ana, `${editor}; ${copied}`)) === `Not saved ${mark}.`;
    },
    30_000,
  );
  await inside(
    ana,
    `echo '<title>${mark}</title>' >${mark}.html; echo saved >${mark}.txt; mousepad --opening-mode=window ${mark}.txt >/dev/null 2>&1 & chromium "file://$HOME/${mark}.html" >/dev/null 2>&1 & (sleep 0.2; echo ${mark} | xclip -selection primary; echo ${mark} | xclip -selection secondary) & sleep 1`,
  );
  await until(
    'her page and her list of recent files are written',
    async () => {
      const files = await inside(ana, `xwininfo -root -tree; grep -rl ${mark} $HOME/.local/share $HOME/.config/chromium`);
      return files.includes(`"${mark} - Chromium"`) && files.includes('recently-used.xbel') && files.includes('.config/chromium/');
    },
    30_000,
  );
  const hers = await inside(ana, reach);
  assert.match(hers, new RegExp(mark), 'the looking itself finds what is there');
  const display = (await inside(ana, 'echo $DISPLAY')).trim();

  for (let i = 0; i < 5; i++) {
    await open(sam);
    if (i === 0) await until('his browser is there', async () => (await inside(sam, 'xdotool search --onlyvisible --class chromium')).trim() !== '', 30_000);
    const found = await inside(sam, reach);
    assert.doesNotMatch(found, new RegExp(mark));
    if (i === 0) {
      assert.match(found, /chromium/i, 'Sam has a browser of his own');
      const denied = await inside(
        sam,
        `for d in ${display} ${desktop.env['DISPLAY'] ?? ''}; do DISPLAY=$d xdpyinfo 2>&1 | grep -E 'dimensions|unable'; done; ls ${kiosk.home}/.local/state/tapward; ls -A $(dirname $XAUTHORITY)`,
      );
      assert.deepEqual([denied.match(/unable to open display/g)?.length, /dimensions/.test(denied)], [2, false], denied);
      assert.equal(denied.includes(contextOf(ana)), false);
    }
    await open(ana);
    assert.match(await inside(ana, 'xdotool search --onlyvisible --name Untitled getwindowname %@'), /\*Untitled/);
  }
  await inside(ana, 'w=$(xdotool search --onlyvisible --name Untitled | head -1); xdotool windowactivate --sync $w');
  assert.match(await inside(ana, 'sleep 0.2; xdotool key ctrl+a ctrl+c; sleep 0.4; timeout 2 xclip -o -selection clipboard'), new RegExp(`Not saved ${mark}`));

  await kiosk.controller.lock('tapOut', false);
  assert.deepEqual(await seen(desktop), []);
  const { sessions } = await kiosk.controller.snapshot();
  for (const { key } of sessions) assert.equal((await kiosk.controller.signOut(key)).kind, 'done', kiosk.noted.join());
  assert.deepEqual(
    desktop.processes().filter((line) => /Xephyr|chromium|mousepad|bwrap/.test(line)),
    [],
  );
  await open(ana);
  assert.doesNotMatch(await inside(ana, reach), new RegExp(mark), 'signed out is forgotten');
});

test('nothing covers any more: the generic session ends within two seconds, every program of everybody with it', { skip }, async () => {
  await using desktop = await openSharedDesktop({ work: ['mousepad'] });
  const { kiosk } = desktop;
  await kiosk.open(ana);
  await kiosk.open(sam);
  await kiosk.controller.lock('tapOut', false);
  kiosk.cover.presence(false);
  const began = performance.now();
  // What the core asks for when a face goes away from a locked desk (core/face.ts).
  assert.equal((await kiosk.controller.lock('faceLost', true)).kind, 'done');
  const took = performance.now() - began;
  assert.ok(took < 2_000, `${took} ms`);
  assert.deepEqual((await kiosk.controller.snapshot()).sessions, []);
  await assert.rejects(desktop.outside('xdpyinfo'));
  await until('nothing of theirs runs', () => desktop.processes().filter((line) => /Xephyr|mousepad|bwrap/.test(line)).length === 0);
});

test('keys and the pointer count as work, whichever X server they go to, and never more than they are', { skip }, async () => {
  await using desktop = await openSharedDesktop({ work: ['mousepad'] });
  const { kiosk } = desktop;
  await kiosk.open(ana);
  await sleep(700);
  kiosk.inputs.length = 0;
  await sleep(300);
  assert.deepEqual(kiosk.inputs, []);
  await until('a key is heard', async () => {
    await desktop.outside('xdotool', 'key', 'a');
    return kiosk.inputs.includes('key');
  });
  await until('the pointer is heard', async () => {
    await desktop.outside('xdotool', 'mousemove_relative', '3', '2');
    return kiosk.inputs.includes('pointer');
  });
  assert.deepEqual(new Set(kiosk.inputs), new Set(['key', 'pointer']));
});

test('no program of a person’s can reach the doors of the helper and the face', { skip }, async () => {
  const mine = !existsSync('/run/tapward');
  if (mine) mkdirSync('/run/tapward', { mode: 0o755 });
  const path = `/run/tapward/${mine ? 'helper' : `test-${process.pid}`}.sock`;
  const server = createServer((socket) => socket.destroy());
  await listenAt(server, path, 0o666);
  try {
    const knock = (): string => `perl -MIO::Socket::UNIX -e 'print IO::Socket::UNIX->new(Peer => "${path}") ? "reached" : "refused"'`;
    assert.equal(execFileSync('sh', ['-c', knock()], { encoding: 'utf8', ...generic }), 'reached', 'by a program that is not within');
    await using desktop = await openSharedDesktop({ work: [] });
    await desktop.kiosk.open(ana);
    assert.equal(await desktop.inside(ana, knock()), 'refused');
  } finally {
    server.close();
    rmSync(mine ? '/run/tapward' : path, { recursive: true, force: true });
  }
});
