/** A folder comes in; what two displays show of the real kiosk goes into it as pictures, beside the real agent on a real pcscd. Without an Electron: a sentence, and no picture is touched. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sam } from '../test/e2e/station.ts';
import { electronName, spawnFace } from '../test/face/electron.ts';
import { digits, ended, openDisplay, until, work } from '../test/face/screen.ts';
import { startFaceStation } from '../test/face/station.ts';
import { need } from '../test/needs.ts';

/** Pad and backdrop, two digits in; the same after the face was killed there and started again; both displays after the agent was killed in open work. */
export const facePictureNames = ['two-displays', 'face-killed', 'face-agent-killed'] as const;

/** The gap between the displays belongs to none: nothing can cover it, and a reader sees where one ends. */
const left = { x: 0, y: 0, width: 1280, height: 768 };
const right = { x: 1312, y: 0, width: 1024, height: 768 };
const between = '#8a929a';
/** What is drawn after the last change must be on the screen: one picture has no second look. */
const drawn = 1_000;

/** Takes the pictures, each in a few seconds; answers what was done in one sentence. */
export async function takeFacePictures(folder: string): Promise<string> {
  const missing = need('linux', 'pcscd', 'compiler', 'namespaces', 'display', 'electron');
  if (missing !== false) return `The pictures of the kiosk stay as they are: taking them ${missing}.`;
  await using stack = new AsyncDisposableStack();
  const profile = mkdtempSync(join(tmpdir(), 'tapward-profile-'));
  stack.defer(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const station = stack.use(await startFaceStation({ sameBadgeAfter: 0, pinGivesUpAfter: 60_000, digitsWipedAfter: 60_000 }));
  const display = stack.use(await openDisplay({ outputs: true }));
  await display.outputs([left, right]);
  let face = await spawnFace(station.door, profile, display.env);
  stack.defer(() => ended(face));
  const covered = async (): Promise<boolean> => (await display.seen(left)) + (await display.seen(right)) === 0;
  const ground = (colour: string): void => void execFileSync('xsetroot', ['-solid', colour], { env: display.env });
  const keep = async (name: (typeof facePictureNames)[number]): Promise<void> => {
    await sleep(drawn);
    if (!(await covered())) throw new Error(`${name}: a display is not covered`);
    ground(between);
    await writeFile(join(folder, `${name}.png`), await display.picture());
    ground(work);
  };

  await until('the face covers', async () => station.present() && (await covered()), 20_000);
  await station.tap(sam.uid, 'pin');
  const [first = '', second = '', ...others] = digits(sam.pin);
  await display.keys(first, second);
  await keep('two-displays');
  await ended(face);
  await until('the agent knows', () => !station.present());
  face = await spawnFace(station.door, profile, display.env);
  await until('the face covers again', async () => station.present() && (await covered()), 20_000);
  await keep('face-killed');
  await station.tap(sam.uid, 'pin');
  await display.keys(first, second, ...others);
  await station.shows('open');
  await until('her work is seen', async () => !(await covered()));
  await station.kill();
  await until('the face covers by itself', covered);
  await keep('face-agent-killed');
  return `${facePictureNames.length} pictures of the kiosk on ${electronName} in ${folder}`;
}
