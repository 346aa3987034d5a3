/** Screens × themes × languages × sizes × fonts come in; axe, the ruler and the light meter find nothing on any of them. Pairs by default, every combination with TAPWARD_FULL=1. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { screenNames } from '../../build/screens.ts';
import { tongueOf } from '../../renderer/words/languages.ts';
import { mirrored, pseudo } from '../../renderer/words/pseudo.ts';
import { measure } from './measures.ts';
import { pairwise, product } from './pairs.ts';
import { mmOf96, type Suite, sample, useFont } from './suite.ts';

const tongues = { en: tongueOf('en'), es: tongueOf('es'), pseudo: pseudo(tongueOf('en')), rtl: mirrored(tongueOf('en')) } as const;
const sizes = { '1024x768': [1024, 768], '1366x768': [1366, 768], '1920x1200': [1920, 1200], '768x1024': [768, 1024] } as const;
const choices = {
  name: screenNames,
  theme: ['night', 'day'],
  tongue: ['en', 'es', 'pseudo', 'rtl'],
  size: ['1024x768', '1366x768', '1920x1200', '768x1024'],
  mm: [mmOf96, null],
  // The widest font that a bare Debian has, and whatever the stack finds first.
  font: ['first', 'DejaVu Sans'],
  emergency: ['none', 'offered', 'open'],
} as const;
const everything = process.env['TAPWARD_FULL'] === '1';

/** What axe objects to, AAA rules and those that are off by default included. */
async function axeSays(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    type Axe = { run: (on: string, options: object) => Promise<{ violations: { id: string; nodes: { html: string; any: { message: string }[] }[] }[] }> };
    const { violations } = await (window as unknown as { axe: Axe }).axe.run('#face', {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag2aaa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { 'target-size': { enabled: true }, 'color-contrast-enhanced': { enabled: true } },
    });
    return violations.map(({ id, nodes }) => `axe ${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 120)} ${any[0]?.message ?? ''}`).join(' | ')}`);
  });
}

export function matrix(suite: Suite): void {
  // In every change: English is never the longest, and the display between the smallest and the largest hides nothing that they show.
  const rows = everything ? product(choices) : pairwise({ ...choices, tongue: ['es', 'pseudo', 'rtl'] as const, size: ['1024x768', '1920x1200', '768x1024'] as const });
  const pages = Map.groupBy(rows, ({ tongue, size, mm }) => `${tongue} ${size} ${mm === null ? 'unknown size' : '96 dpi'}`);
  for (const [title, group] of pages) {
    test(`${title}: ${group.length} screens without an objection`, async () => {
      const [{ tongue, size, mm }] = group as [(typeof group)[number]];
      const [width, height] = sizes[size];
      const objections = await suite.stage({ width, height, mm, tongue: tongues[tongue], running: true, scripts: [suite.axe] }, async ({ page, show }) => {
        const found: string[] = [];
        for (const { name, theme, font, emergency } of group) {
          await useFont(page, font);
          await show(sample(name, theme, emergency));
          const said = [...(await axeSays(page)), ...(await measure(page, { mm, text: 1 }))];
          found.push(...said.map((objection) => `${name} ${theme} ${font} emergency ${emergency}: ${objection}`));
        }
        return found;
      });
      assert.deepEqual(objections, []);
    });
  }
}
