/** Names of screens come in (none: all); a picture of each, night and day, goes to `.cache/pictures`, and with `--docs` the eight of the README to `docs/pictures`. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { bundle } from './bundle.ts';
import { type ScreenName, sampleFrame, screenNames } from './screens.ts';
import { openBrowser, openContext, openStage, type Stage } from './stage.ts';

const clone = fileURLToPath(new URL('..', import.meta.url));
/** The size of a ward cart's screen. */
export const pictureSize = { width: 1366, height: 768 } as const;
/** The eight pictures that stand in docs/pictures, night and day mixed. */
export const documented: readonly { readonly name: ScreenName; readonly theme: 'day' | 'night' }[] = [
  { name: 'idle', theme: 'night' },
  { name: 'pin', theme: 'night' },
  { name: 'pin-wrong', theme: 'day' },
  { name: 'switch', theme: 'day' },
  { name: 'warning', theme: 'day' },
  { name: 'lockout', theme: 'night' },
  { name: 'help', theme: 'day' },
];

/** A page to take pictures on. */
export const pictureStage = (context: BrowserContext): Promise<Stage> => openStage(context, pictureSize);

/** One screen as PNG. Motion stands still: spinners are drawn at their start. */
export async function takePicture(stage: Stage, name: ScreenName | 'lost', theme: 'day' | 'night'): Promise<Buffer> {
  if (name === 'lost') {
    await stage.show({ kind: 'frame', frame: sampleFrame('idle', theme) });
    await stage.away();
  } else await stage.show({ kind: 'frame', frame: sampleFrame(name, theme) });
  return stage.page.screenshot({ animations: 'disabled', caret: 'hide' });
}

async function main(args: readonly string[]): Promise<void> {
  const docs = args.includes('--docs');
  const names = args.filter((arg) => !arg.startsWith('--'));
  const known: readonly (ScreenName | 'lost')[] = [...screenNames, 'lost'];
  const unknown = names.filter((name) => !known.some((k) => k === name));
  if (unknown.length > 0) {
    console.error(`There is no screen ${unknown.join(', ')}; the screens are: ${known.join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const folder = join(clone, docs ? 'docs/pictures' : '.cache/pictures');
  const wanted = docs
    ? documented
    : known
        .filter((name) => names.length === 0 || names.includes(name))
        .flatMap(
          (name) =>
            [
              { name, theme: 'night' },
              { name, theme: 'day' },
            ] as const,
        );
  if (names.length === 0) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const browser = await openBrowser();
  try {
    const stage = await pictureStage(await openContext(browser, (await bundle('face')).files));
    for (const { name, theme } of wanted) await writeFile(join(folder, `${theme}-${name}.png`), await takePicture(stage, name, theme));
    if (stage.complaints.length > 0) throw new Error(stage.complaints.join('\n'));
  } finally {
    await browser.close();
  }
  console.log(`${wanted.length} pictures in ${folder}`);
}

if (import.meta.main) await main(process.argv.slice(2));
