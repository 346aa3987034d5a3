/** Names of screens come in (none: all); a picture of each, night and day, goes to `.cache/pictures`, and with `--docs` those of the README to `docs/pictures`, the kiosk on two displays among them. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { bundle } from './bundle.ts';
import { type ScreenName, sampleFrame, sampleTray, screenNames } from './screens.ts';
import { openBrowser, openContext, openEvaluation, openStage } from './stage.ts';

const clone = fileURLToPath(new URL('..', import.meta.url));
export const documentedFolder = join(clone, 'docs/pictures');
/** The size of a ward cart's screen. */
export const pictureSize = { width: 1366, height: 768 } as const;
type Theme = 'day' | 'night';
export type PictureName = ScreenName | 'lost' | 'evaluation';
/** The screens that stand in docs/pictures, night and day mixed; `file` where the picture tells more than the screen's name. */
export const documented: readonly { readonly name: PictureName; readonly theme: Theme; readonly file?: string }[] = [
  { name: 'idle', theme: 'night' },
  { name: 'pin', theme: 'night' },
  { name: 'pin-wrong', theme: 'day' },
  { name: 'switch', theme: 'day' },
  { name: 'warning', theme: 'day' },
  { name: 'lockout', theme: 'night' },
  { name: 'help', theme: 'night' },
  { name: 'evaluation', theme: 'day' },
  { name: 'unproved', theme: 'night', file: 'badge-not-proved' },
  { name: 'too-weak', theme: 'day', file: 'use-another-badge' },
  { name: 'other-way-key', theme: 'night', file: 'another-way' },
  { name: 'key', theme: 'day', file: 'touch-your-key' },
  { name: 'enrol-key', theme: 'night', file: 'enrol-key' },
  { name: 'confirm', theme: 'day', file: 'confirm' },
  { name: 'idle-emergency', theme: 'night', file: 'emergency-offered' },
  { name: 'emergency-who', theme: 'night', file: 'emergency-who' },
  { name: 'emergency-why', theme: 'day', file: 'emergency-why' },
  { name: 'enrol-code', theme: 'day', file: 'add-badge' },
  { name: 'welcome-window', theme: 'night', file: 'tap-alone-until' },
  { name: 'vouch-tap', theme: 'day', file: 'a-colleague-vouches' },
  { name: 'practice-take-over', theme: 'day', file: 'practice' },
  { name: 'warning-overall', theme: 'night', file: 'sign-in-once-more' },
];
/** The name of a picture's file. */
export const fileOf = ({ name, theme, file = `${theme}-${name}` }: (typeof documented)[number]): string => `${file}.png`;

/** Takes one picture as PNG. Motion stands still: spinners are drawn at their start. */
export type Camera = (name: PictureName, theme: Theme) => Promise<Buffer>;

/** A camera on this browser. */
export async function openCamera(browser: Browser): Promise<Camera> {
  const stage = await openStage(await openContext(browser, (await bundle('face')).files), pictureSize);
  const shoot = async (page: Page): Promise<Buffer> => {
    const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    if (stage.complaints.length > 0) throw new Error(stage.complaints.join('\n'));
    return png;
  };
  return async (name, theme) => {
    if (name === 'evaluation') {
      const context = await openContext(browser, (await bundle('evaluation')).files);
      const page = await openEvaluation(context, pictureSize, { kind: 'frame', frame: sampleFrame('open-who', theme) }, sampleTray);
      await page.emulateMedia({ colorScheme: theme === 'day' ? 'light' : 'dark' });
      const png = await shoot(page);
      await context.close();
      return png;
    }
    await stage.show({ kind: 'frame', frame: sampleFrame(name === 'lost' ? 'idle' : name, theme) });
    if (name === 'lost') await stage.away();
    return shoot(stage.page);
  };
}

async function main(args: readonly string[]): Promise<void> {
  const docs = args.includes('--docs');
  const names = args.filter((arg) => !arg.startsWith('--'));
  const known: readonly PictureName[] = [...screenNames, 'lost', 'evaluation'];
  const unknown = names.filter((name) => !known.some((k) => k === name));
  if (unknown.length > 0) {
    console.error(`There is no screen ${unknown.join(', ')}; the screens are: ${known.join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const folder = docs ? documentedFolder : join(clone, '.cache/pictures');
  const wanted = docs
    ? documented
    : known
        .filter((name) => names.length === 0 || names.includes(name))
        .flatMap((name): typeof documented => [
          { name, theme: 'night' },
          { name, theme: 'day' },
        ]);
  if (names.length === 0 && !docs) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const browser = await openBrowser();
  try {
    const camera = await openCamera(browser);
    for (const one of wanted) await writeFile(join(folder, fileOf(one)), await camera(one.name, one.theme));
  } finally {
    await browser.close();
  }
  console.log(`${wanted.length} pictures in ${folder}`);
  // Loaded only here: it brings the tests' stations and displays.
  if (docs) console.log(await (await import('./face-pictures.ts')).takeFacePictures(folder));
}

if (import.meta.main) await main(process.argv.slice(2));
