/** A page with the face on it comes in; what breaks a rule of size, place or contrast goes out, in words. Runs inside the page. */
import type { Page } from 'playwright-core';

export type Rules = {
  /** CSS pixels per millimetre; null: unknown, so that a key is 22 % of the shorter side. */
  readonly mm: number | null;
  /** How much larger than usual the person asked text to be. */
  readonly text: number;
};

/** Everything about the screen that stands which a ruler or a light meter would object to. */
export const measure = (page: Page, rules: Rules): Promise<readonly string[]> => page.evaluate(inPage, rules);

function inPage({ mm, text }: Rules): string[] {
  const said: string[] = [];
  const root = document.querySelector<HTMLElement>('#face') as HTMLElement;
  const frame = root.querySelector('.frame') as HTMLElement;
  const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)].filter((e) => e.getClientRects().length > 0 && e.closest('.heard') === null);
  const name = (e: Element): string =>
    `${e.tagName.toLowerCase()}${e.className && typeof e.className === 'string' ? `.${e.className}` : ''} “${(e.textContent ?? '').trim().slice(0, 20)}”`;
  const { clientWidth: width, clientHeight: height } = root;

  // No part outside the face, nothing cut off, nothing over anything else.
  for (const e of all('*')) {
    if (e.closest('svg') !== null || e.classList.contains('spinner')) continue;
    const { left, top, right, bottom } = e.getBoundingClientRect();
    const scrolled = text > 1 && e.closest('.words') !== null;
    if (!scrolled && (left < -1 || top < -1 || right > width + 1 || bottom > height + 1)) said.push(`${name(e)} reaches outside`);
    const { overflowX, overflowY } = getComputedStyle(e);
    if (overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1) said.push(`${name(e)} is cut off at its side`);
    if (overflowY !== 'visible' && e.scrollHeight > e.clientHeight + 4 && !(text > 1 && e.classList.contains('words'))) said.push(`${name(e)} is cut off below`);
  }
  const solid = all('button, h1, .line, .remark, .dots, .trail, .progress, header p, .plate, .facts dd, .tests p, .strip').filter(
    (e) => e.matches('.plate, .dots') || e.textContent?.trim() !== '',
  );
  for (const [at, a] of solid.entries()) {
    for (const b of solid.slice(at + 1)) {
      if (a.contains(b) || b.contains(a) || (text > 1 && (a.closest('.words') ?? b.closest('.words')) !== null)) continue;
      const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
      const [w, h] = [Math.min(p.right, q.right) - Math.max(p.left, q.left), Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top)];
      if (w > 1 && h > 1) said.push(`${name(a)} lies over ${name(b)}`);
    }
  }
  for (const button of all('button')) {
    const { left, top, width: w, height: h } = button.getBoundingClientRect();
    const on = document.elementFromPoint(left + w / 2, top + h / 2);
    if (on === null || !button.contains(on)) said.push(`${name(button)} cannot be reached by a finger`);
  }

  // Millimetres.
  const px = (value: string): number => parseFloat(value);
  const keys = all('.pad button');
  if (keys.length > 0 && keys.length !== 12) said.push(`the pad has ${keys.length} keys`);
  for (const [at, key] of keys.entries()) {
    const { width: w, height: h, left, top } = key.getBoundingClientRect();
    if (Math.abs(w - h) > 0.5) said.push(`${name(key)} is not square`);
    const shorter = Math.min(width, height);
    const least = mm === null ? (width > height ? 0.22 * shorter - 1.5 : 68) : 22 * mm - 0.5;
    if (w < least) said.push(`${name(key)} is ${w.toFixed(1)} px, not ${least.toFixed(1)}`);
    const next = keys[at + 1]?.getBoundingClientRect();
    const below = keys[at + 3]?.getBoundingClientRect();
    const gap = mm === null ? 9 : 3 * mm - 0.5;
    if (at % 3 !== 2 && next !== undefined && next.left - left - w < gap) said.push(`${name(key)} has too small a gap at its side`);
    if (below !== undefined && below.top - top - h < gap) said.push(`${name(key)} has too small a gap below`);
  }
  if (mm !== null) {
    for (const button of all('button').filter((b) => b.closest('.pad') === null)) {
      const { width: w, height: h } = button.getBoundingClientRect();
      if (h < 16 * mm - 0.5 || w < 40 * mm - 0.5) said.push(`${name(button)} is ${(w / mm).toFixed(1)} × ${(h / mm).toFixed(1)} mm`);
    }
    const [keep, lock] = [root.querySelector('[data-section="away"] [data-do="keepWorking"]'), root.querySelector('[data-section="away"] [data-do="lockNow"]')].map((b) =>
      b?.getBoundingClientRect(),
    );
    if (keep !== undefined && lock !== undefined && keep.width > 0) {
      const apart = Math.max(Math.max(keep.left, lock.left) - Math.min(keep.right, lock.right), Math.max(keep.top, lock.top) - Math.min(keep.bottom, lock.bottom));
      if (apart < 12 * mm - 0.5) said.push(`what locks stands ${(apart / mm).toFixed(1)} mm from what keeps`);
    }
    const sizes: readonly (readonly [selector: string, least: number])[] = [
      ['h1', 14],
      ['[data-digit]', 10],
      ['.line, .remark, .actions button, footer button, .lock button, .facts dd, .tests p, .tests button', 8.4],
      ['header p, .trail, .progress, .facts dt, .pad .word', 6],
    ];
    for (const [selector, least] of sizes) {
      const grows = selector === '[data-digit]' ? 1 : text;
      for (const e of all(selector)) {
        const size = px(getComputedStyle(e).fontSize) / mm;
        const wanted = e.matches('.pad *') ? least : least * grows;
        if (size < wanted - 0.05) said.push(`${name(e)} is ${size.toFixed(2)} mm of text, not ${wanted}`);
      }
    }
  }
  const strip = all('.strip')[0];
  if (strip !== undefined && strip.getBoundingClientRect().height > 0.12 * height + 0.5)
    said.push(`the strip takes ${((100 * strip.getBoundingClientRect().height) / height).toFixed(1)} % of the height`);

  // Borders and icons against what lies behind them; text is axe's.
  const paint = (value: string): readonly number[] => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
    canvas.fillStyle = value;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (rgb: readonly number[]): number =>
    rgb.slice(0, 3).reduce((sum, c, at) => sum + ([0.2126, 0.7152, 0.0722][at] ?? 0) * (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4), 0);
  const contrast = (a: string, b: string): number => {
    const [p, q] = [luminance(paint(a)), luminance(paint(b))];
    return (Math.max(p, q) + 0.05) / (Math.min(p, q) + 0.05);
  };
  const behind = (e: Element): string => {
    for (let at = e.parentElement; at !== null; at = at.parentElement)
      if ((paint(getComputedStyle(at).backgroundColor)[3] ?? 0) === 255) return getComputedStyle(at).backgroundColor;
    return 'rgb(255, 255, 255)';
  };
  for (const e of all('button, .dots i, .segments i, .chip, .band')) {
    // What stands over open work has a ground of its own.
    const ratio = contrast(getComputedStyle(e).borderTopColor, e.matches('.band') ? getComputedStyle(e).backgroundColor : behind(e));
    if (ratio < 4.5) said.push(`the border of ${name(e)} has ${ratio.toFixed(2)} : 1`);
  }
  for (const e of all('.plate, .strip, .remark, .emergency')) {
    const ground = e.matches('.plate') ? getComputedStyle(e).backgroundColor : behind(e);
    const own = e.matches('.strip') ? getComputedStyle(e).backgroundColor : ground;
    const tokens = e.matches('.plate') ? ['--tone', '--line', '--ink'] : ['--tone'];
    for (const token of tokens) {
      const ratio = contrast(getComputedStyle(frame).getPropertyValue(token), own);
      if (ratio < 4.5) said.push(`${token} in ${name(e)} has ${ratio.toFixed(2)} : 1`);
    }
  }
  return said;
}
