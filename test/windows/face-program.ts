/** The host's pipe of a session comes in; a face without a window goes out, on the product's own link: what it is to show stands in a file, and what a file says its hands do. Bundled by the test, started by the host. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Asked, coverOf } from '../../electron/asked.ts';
import { doorOfInstallation } from '../../electron/door.ts';
import { startLink } from '../../electron/link.ts';

let asked: Asked = { kind: 'away' };
let isMute = false;
const note = (): void => {
  const shown = asked.kind === 'away' ? 'away' : asked.frame.view.screen.kind;
  writeFileSync('C:\\face.new', `${process.pid} ${shown}`);
  renameSync('C:\\face.new', 'C:\\face');
};
const beat = (): void => {
  if (isMute) return;
  link.beat(coverOf(asked) === 'locked' ? 'covered' : 'open');
  link.send({ kind: 'beat', covers: true, hold: 'held' });
};
const link = startLink(doorOfInstallation(), {
  connected: beat,
  message: (message) => {
    if (message.kind !== 'frame') return;
    asked = { kind: 'frame', frame: message.frame, heardAt: performance.now() };
    note();
    beat();
  },
  away: () => {
    asked = { kind: 'away' };
    note();
  },
});
setInterval(beat, 500);
/** `digits 1234`, `lockNow`, `mute`. */
setInterval(() => {
  if (!existsSync('C:\\hand')) return;
  const [what = '', digits = ''] = readFileSync('C:\\hand', 'utf8').split(' ');
  rmSync('C:\\hand');
  if (what === 'mute') isMute = true;
  if (what === 'lockNow') link.send({ kind: 'gesture', gesture: { kind: 'lockNow' } });
  if (what === 'digits') for (const digit of digits) link.send({ kind: 'gesture', gesture: { kind: 'digit', digit: Number(digit) } });
}, 50);
note();
