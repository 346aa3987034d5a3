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
  const standing = {
    section: find(sections, 'lost'),
    step: null as string | null,
    words: null as Tongue['words'] | null,
    countdown: null as { until: number; total: number } | null,
  };

  const out = (name: string, within: ParentNode = standing.section): HTMLElement | null => within.querySelector<HTMLElement>(`[data-out="${name}"]`);
  const note = (name: string, text: string): void => write(out(name) ?? out(name, root), text);

  function draw({ picture, tongue, frame, wall, theme, played }: Drawing): void {
    const next = find(sections, picture.section);
    const changed = next !== standing.section || root.dataset['drawn'] === undefined;
    const moved = changed || picture.step !== standing.step;
    standing.step = picture.step;
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
    }
    if (moved) {
      standing.countdown = null;
      note('announce', '');
    }
    if (tongue.words !== standing.words) translate(tongue);
    speak(picture, tongue);
    frameWork(picture, tongue, frame, wall);
    typed(picture, tongue);
    countdown(picture, tongue);
    if (picture.help !== null && frame !== null) help(picture.help, tongue, frame, played);
    if (moved) focus(picture, next);
  }

  function translate(tongue: Tongue): void {
    standing.words = tongue.words;
    root.lang = tongue.locale;
    root.dir = tongue.dir;
    for (const element of all('[data-word]')) write(element, say(tongue, [element.dataset['word'] as Key]));
    for (const element of all('[data-name]')) element.setAttribute('aria-label', say(tongue, [element.dataset['name'] as Key]));
  }

  function speak({ heading, line, remark, note: below, parts, trail, progress }: Picture, tongue: Tongue): void {
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
    slot('note', below);
    for (const part of all('[data-part]', section)) part.toggleAttribute('hidden', !parts.some((name) => name === part.dataset['part']));
    const steps = out('trail');
    if (steps !== null) steps.hidden = trail === null;
    for (const [at, step] of all('[data-out="trail"] > li', section).entries()) {
      const state = trail?.[at] ?? 'next';
      step.dataset['step'] = state;
      if (state === 'now') step.setAttribute('aria-current', 'step');
      else step.removeAttribute('aria-current');
      write(step.querySelector('.heard'), `: ${say(tongue, [`trail.${state}`])}`);
    }
    const far = out('progress');
    if (far === null) return;
    far.hidden = progress === null;
    if (progress === null) return;
    const { part, parts: of, looks } = progress;
    far.dataset['looks'] = looks;
    note('part', say(tongue, ['form.part', { part, parts: of }]));
    for (const [at, segment] of row('segments', of).entries()) segment.dataset['step'] = at + 1 < part ? 'done' : at + 1 === part ? 'now' : 'next';
  }

  /** What stands around the section: station, clock, the strip, the way to help and back. */
  function frameWork({ section, line, lock, emergency, band }: Picture, tongue: Tongue, frame: Frame | null, wall: number | null): void {
    const shown = (name: string, when: boolean): void => {
      const element = out(name, root);
      if (element !== null) element.hidden = !when;
    };
    write(out('station', root), frame?.station.name ?? '');
    write(out('clock', root), wall === null ? '' : clock(tongue, wall));
    shown('chip', frame?.station.mode === 'evaluation');
    shown('strip', section === 'open' && line !== null);
    shown('lock', lock);
    shown('emergency', emergency);
    shown('band', band !== null);
    root.dataset['band'] = band?.kind ?? '';
    write(out('bandWords', root), band === null ? '' : say(tongue, band.words));
    shown('help', !unhelped.has(section));
    shown('back', section === 'help' || (!leftOtherwise.has(section) && !unhelped.has(section)));
  }

  /** As many marks in a row as there are digits or steps. */
  function row(name: string, of: number): readonly HTMLElement[] {
    const element = out(name);
    if (element === null) return [];
    while (element.childElementCount > of) element.lastElementChild?.remove();
    while (element.childElementCount < of) element.append(element.ownerDocument.createElement('i'));
    return all('i', element);
  }

  function typed({ dots: shown, still }: Picture, tongue: Tongue): void {
    if (shown === null) return;
    for (const [at, dot] of row('dots', shown.of).entries()) dot.classList.toggle('filled', at < shown.filled);
    // A code is read off in fours.
    out('dots')?.toggleAttribute('data-fours', shown.of > 12);
    note('count', shown.filled === 0 ? '' : say(tongue, ['pin.count', { digits: shown.filled, length: shown.of }]));
    root.toggleAttribute('data-still', still);
  }

  function countdown({ countdown: left, line, heading }: Picture, tongue: Tongue): void {
    if (left === null) return;
    const { until, seconds } = left;
    if (standing.countdown?.until !== until) standing.countdown = { until, total: Math.max(1, seconds) };
    note('seconds', seconds > 60 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}` : String(seconds));
    out('run')?.style.setProperty('stroke-dashoffset', String(100 - (100 * Math.min(seconds, standing.countdown.total)) / standing.countdown.total));
    if (spokenAt.includes(seconds)) note('announce', say(tongue, root.dataset['section'] !== 'wait' && line !== null ? line : heading));
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
    // A heading that has the focus already would not be read again.
    if (activeElement instanceof HTMLElement && root.contains(activeElement)) activeElement.blur();
    if (section !== 'open') shown.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }

  return { draw };
}

/** Screens with a way of their own to leave, or none. */
const leftOtherwise: ReadonlySet<string> = new Set(['enrolKey', 'idle', 'readerMissing', 'reading', 'pin', 'choose', 'welcome', 'away', 'callIt', 'adding']);
/** Screens without the way to help: there is no agent to hear it, nothing pressed counts, or it is help. */
const unhelped: ReadonlySet<string> = new Set(['open', 'lost', 'help', 'cleaning']);

/** What a clock shows at this wall time, in milliseconds of Unix time. */
export const clock = ({ locale }: Tongue, wall: number): string => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(wall);

function write(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function find(sections: ReadonlyMap<string, HTMLElement>, name: string): HTMLElement {
  const section = sections.get(name);
  if (section === undefined) throw new Error(`the document has no section ${name}`);
  return section;
}
