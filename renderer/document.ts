/** The face's static document comes in; one drawing function goes out, which unhides one section and writes words and counts into it. */
import type { Frame } from '../core/bridge.ts';
import type { Picture } from './picture.ts';
import { type Key, type Say, say, type Tongue } from './words/words.ts';

/** Seconds at which a countdown is spoken (WCAG 2.2.1: often enough to act, rarely enough to bear). */
const spokenAt: readonly number[] = [20, 10, 5];

export type Drawing = {
  readonly picture: Picture;
  readonly tongue: Tongue;
  readonly frame: Frame | null;
  /** Milliseconds of Unix time; null before the first frame. */
  readonly wall: number | null;
  readonly theme: 'day' | 'night';
  /** The tone of the sound test was played since help was opened. */
  readonly played: boolean;
};
export type FaceDocument = { readonly draw: (drawing: Drawing) => void };

/** Binds the sections under `root`. Nothing is created later but the dots, whose number a policy sets. */
export function faceDocument(root: HTMLElement): FaceDocument {
  const all = (selector: string, within: ParentNode = root): HTMLElement[] => [...within.querySelectorAll<HTMLElement>(selector)];
  const sections = new Map(all('main > section').map((section) => [section.dataset['section'] ?? '', section]));
  const standing = { section: find(sections, 'lost'), words: null as Tongue['words'] | null, countdown: null as { until: number; total: number } | null };

  const out = (name: string, within: ParentNode = standing.section): HTMLElement | null => within.querySelector<HTMLElement>(`[data-out="${name}"]`);
  const note = (name: string, text: string): void => write(out(name) ?? out(name, root), text);

  function draw({ picture, tongue, frame, wall, theme, played }: Drawing): void {
    const next = find(sections, picture.section);
    const changed = next !== standing.section || root.dataset['drawn'] === undefined;
    // Cover before uncovering: the root turns opaque in the same frame in which the old section goes.
    root.dataset['section'] = picture.section;
    root.dataset['tone'] = picture.tone;
    root.dataset['theme'] = theme;
    root.dataset['drawn'] = '';
    if (changed) {
      standing.section.hidden = true;
      // A name that was shown does not stay behind in the document.
      if (standing.section.dataset['section'] !== 'lost') for (const element of all('[data-slot], [data-out="count"]', standing.section)) write(element, '');
      next.hidden = false;
      standing.section = next;
      standing.countdown = null;
      note('announce', '');
    }
    if (tongue.words !== standing.words) translate(tongue);
    speak(picture, tongue);
    frameWork(picture, tongue, frame, wall);
    dots(picture, tongue);
    countdown(picture, tongue);
    if (picture.help !== null && frame !== null) help(picture.help, tongue, frame, played);
    if (changed) focus(picture, next);
  }

  function translate(tongue: Tongue): void {
    standing.words = tongue.words;
    root.lang = tongue.locale;
    root.dir = tongue.dir;
    for (const element of all('[data-word]')) write(element, say(tongue, [element.dataset['word'] as Key]));
    for (const element of all('[data-name]')) element.setAttribute('aria-label', say(tongue, [element.dataset['name'] as Key]));
  }

  function speak({ heading, line, remark, parts, trail }: Picture, tongue: Tongue): void {
    const { section } = standing;
    const slot = (name: string, what: Say | null): void => {
      const element = section.querySelector<HTMLElement>(`[data-slot="${name}"]`);
      if (element !== null) {
        element.hidden = what === null;
        write(element, what === null ? '' : say(tongue, what));
      }
    };
    slot('heading', heading);
    slot('line', line);
    const remarked = out('remark');
    if (remarked !== null) remarked.hidden = remark === null;
    slot('remark', remark);
    for (const part of all('[data-part]', section)) part.hidden = !parts.some((name) => name === part.dataset['part']);
    const steps = out('trail');
    if (steps !== null) steps.hidden = trail === null;
    for (const [at, step] of all('[data-out="trail"] > li', section).entries()) {
      const state = trail?.[at] ?? 'next';
      step.dataset['step'] = state;
      if (state === 'now') step.setAttribute('aria-current', 'step');
      else step.removeAttribute('aria-current');
      write(step.querySelector('.heard'), `: ${say(tongue, [`trail.${state}`])}`);
    }
  }

  /** What stands around the section: station, clock, the strip, the way to help and back. */
  function frameWork({ section, line }: Picture, tongue: Tongue, frame: Frame | null, wall: number | null): void {
    const shown = (name: string, when: boolean): void => {
      const element = out(name, root);
      if (element !== null) element.hidden = !when;
    };
    write(out('station', root), frame?.station.name ?? '');
    write(out('clock', root), wall === null ? '' : clock(tongue, wall));
    shown('chip', frame?.station.mode === 'evaluation');
    shown('strip', section === 'open' && line !== null);
    shown('help', section !== 'open' && section !== 'lost' && section !== 'help');
    shown('back', section === 'help' || (!leftOtherwise.has(section) && section !== 'open'));
  }

  function dots({ dots: shown, still }: Picture, tongue: Tongue): void {
    const row = out('dots');
    if (row === null || shown === null) return;
    while (row.childElementCount > shown.of) row.lastElementChild?.remove();
    while (row.childElementCount < shown.of) row.append(row.ownerDocument.createElement('i'));
    for (const [at, dot] of [...row.children].entries()) dot.classList.toggle('filled', at < shown.filled);
    note('count', shown.filled === 0 ? '' : say(tongue, ['pin.count', { digits: shown.filled, length: shown.of }]));
    root.toggleAttribute('data-still', still);
  }

  function countdown({ countdown: left, line, heading }: Picture, tongue: Tongue): void {
    if (left === null) return;
    const { until, seconds } = left;
    if (standing.countdown?.until !== until) standing.countdown = { until, total: Math.max(1, seconds) };
    note('seconds', seconds > 60 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}` : String(seconds));
    out('run')?.style.setProperty('stroke-dashoffset', String(100 - (100 * Math.min(seconds, standing.countdown.total)) / standing.countdown.total));
    if (spokenAt.includes(seconds)) note('announce', say(tongue, root.dataset['section'] === 'away' && line !== null ? line : heading));
  }

  function help({ lastTap, reader, test }: NonNullable<Picture['help']>, tongue: Tongue, { station, wall, now }: Frame, played: boolean): void {
    note('phone', station.phone);
    note('computer', station.computer);
    note('version', station.version);
    note('reference', lastTap?.reference ?? '–');
    note('lastTap', lastTap === null ? say(tongue, ['help.none']) : `${clock(tongue, wall - (now - lastTap.at))} · ${say(tongue, [`reason.${lastTap.reason}`])}`);
    note('soundTest', say(tongue, played ? ['help.heard', { phone: station.phone }] : ['help.sound']));
    note('readerTest', say(tongue, [test === 'off' ? `help.${reader}` : `help.${test}`]));
  }

  function focus({ section }: Picture, shown: HTMLElement): void {
    const { activeElement } = root.ownerDocument;
    if (section !== 'open') shown.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    else if (activeElement instanceof HTMLElement && root.contains(activeElement)) activeElement.blur();
  }

  return { draw };
}

/** Screens with a way of their own to leave, or none. */
const leftOtherwise: ReadonlySet<string> = new Set(['enrolKey', 'idle', 'readerMissing', 'reading', 'pin', 'choose', 'welcome', 'away', 'callIt', 'lost', 'adding']);

const clock = ({ locale }: Tongue, wall: number): string => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(wall);

function write(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function find(sections: ReadonlyMap<string, HTMLElement>, name: string): HTMLElement {
  const section = sections.get(name);
  if (section === undefined) throw new Error(`the document has no section ${name}`);
  return section;
}
