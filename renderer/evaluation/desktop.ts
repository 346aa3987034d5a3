/** Frames come in; one page of notes per session is kept beneath the face, and her keys and pointer go out as activity, at most one of each a second. */
import { type Bridge, encodeGesture, type ToFace } from '../../core/bridge.ts';

const every = 1_000;
const firstNotes = `Handover 07:00

Bed 2: slept well, breakfast at 8
Bed 3: walk after lunch, daughter visits at 15:00
Bed 5: new dressing, photo in the chart

Order gloves M, and drip stands for room 4
`;

/** Binds the evaluation desktop. Nobody's page is ever removed: switching hides it, her return shows it as she left it. */
export function startDesktop(desktop: HTMLElement, bridge: Bridge): void {
  const pages = new Map<string, HTMLElement>();
  const shelf = desktop.querySelector('.pages');
  const who = desktop.querySelector('.who');
  let open: string | null = null;

  function show(session: string, name: string): void {
    let page = pages.get(session);
    if (page === undefined) {
      page = pageOf(desktop.ownerDocument, name);
      pages.set(session, page);
      shelf?.append(page);
    }
    for (const [other, its] of pages) its.hidden = other !== session;
    if (who !== null) who.textContent = name;
    desktop.inert = false;
    if (open !== session) page.querySelector('textarea')?.focus({ preventScroll: true });
    open = session;
  }

  function cover(): void {
    desktop.inert = true;
    open = null;
  }

  bridge.listen((message: ToFace) => {
    if (message.kind !== 'frame') return;
    const { screen, help, emergency } = message.frame.view;
    if (screen.kind === 'open' && help === null) show(screen.session, emergency.until === null ? `${screen.person.given} ${screen.person.initial}.` : 'Emergency');
    else cover();
  });
  bridge.onAway(cover);

  // Beneath a cover the desktop is inert and hears nothing.
  const last = { key: -every, pointer: -every };
  const active = (kind: 'key' | 'pointer'): void => {
    const now = performance.now();
    if (now - last[kind] < every) return;
    last[kind] = now;
    bridge.send(encodeGesture({ kind }));
  };
  desktop.addEventListener('keydown', () => active('key'));
  for (const type of ['pointerdown', 'pointermove', 'wheel']) desktop.addEventListener(type, () => active('pointer'), { passive: true });
}

const titleOf = (name: string): string => (name === 'Emergency' ? 'Notes of this emergency' : `Notes of ${name}`);

function pageOf(document: Document, name: string): HTMLElement {
  const page = document.createElement('div');
  page.className = 'page';
  const title = document.createElement('h1');
  title.textContent = titleOf(name);
  const paper = document.createElement('textarea');
  paper.setAttribute('aria-label', titleOf(name));
  paper.spellcheck = false;
  paper.value = firstNotes;
  page.append(title, paper);
  return page;
}
