/** What every part of the Chromium suite is given: pages on demand, axe's source, an eye for pixels. */
import type { Browser, Page } from 'playwright-core';
import type { Files } from '../../build/bundle.ts';
import { type Emergency, type ScreenName, sampleFrame } from '../../build/screens.ts';
import type { Setting, Stage } from '../../build/stage.ts';
import type { ToFace } from '../../core/bridge.ts';
import type { View } from '../../core/view.ts';
import type { Pixels } from './pixels.ts';

export type Suite = {
  readonly browser: Browser;
  readonly files: Files;
  readonly axe: string;
  readonly pixels: Pixels;
  /** Opens a page, uses it, closes it; afterwards nothing may have been requested, thrown or refused by the policy. */
  readonly stage: <T>(setting: Partial<Setting>, use: (stage: Stage) => Promise<T>) => Promise<T>;
};

export const mmOf96 = 96 / 25.4;
/** A ward cart's screen, with CSS's own idea of an inch. */
export const standing = { width: 1366, height: 768, mm: mmOf96 } as const;

/** The message that shows one of the sample screens. */
export const sample = (name: ScreenName, theme: 'day' | 'night' = 'night', emergency?: Emergency): Extract<ToFace, { kind: 'frame' }> => ({
  kind: 'frame',
  frame: sampleFrame(name, theme, emergency),
});

/** The same with another View or station. */
export function message(change: { readonly view?: Partial<View>; readonly station?: object }, theme: 'day' | 'night' = 'night'): ToFace {
  const frame = sampleFrame('idle', theme);
  return { kind: 'frame', frame: { ...frame, view: { ...frame.view, ...change.view }, station: { ...frame.station, ...change.station } } };
}

/** Shows the face in another font; `first` is whatever its own stack finds. */
export const useFont = (page: Page, family: string): Promise<void> =>
  page.evaluate((name) => {
    const sheet = new CSSStyleSheet();
    if (name !== 'first') sheet.replaceSync(`#face { font-family: '${name}' !important }`);
    document.adoptedStyleSheets = [sheet];
  }, family);
