/** The badges of the evaluation come in; a click on one goes out as a tap, or as a stay on the reader. */
import type { Link, Tray } from './link.ts';

/** How long a tapped badge looks as if it lay on the reader, in milliseconds: as long as the agent keeps it there. */
const inField = 400;
const special: readonly string[] = ['unknown', 'phone'];

/** Binds the tray beside the screen. It never takes the keyboard's focus from the screen. */
export function startTray(tray: HTMLElement, link: Link): void {
  const list = tray.querySelector<HTMLElement>('.badges');
  const leave = tray.querySelector<HTMLInputElement>('#leave');
  const plug = tray.querySelector<HTMLElement>('#plug');
  const end = link.end === null ? null : endButton(tray.ownerDocument);
  const state = tray.querySelector<HTMLElement>('.state');
  let placed: string | null = null;
  let plugged = true;

  function draw({ badges, plugged: now }: Tray): void {
    plugged = now;
    if (!now) placed = null;
    if (plug !== null) plug.textContent = now ? 'Unplug reader' : 'Plug reader in';
    if (state !== null) state.textContent = now ? '' : 'The reader is unplugged.';
    const people = badges.filter(({ id }) => !special.includes(id));
    const standing = [...tray.querySelectorAll<HTMLElement>('.badges > [data-badge]')];
    for (const gone of standing.filter(({ dataset }) => !people.some(({ id }) => id === dataset['badge']))) gone.remove();
    for (const { id, label } of people) if (!standing.some(({ dataset }) => dataset['badge'] === id)) list?.append(cardOf(tray.ownerDocument, id, label));
    mark();
  }

  function mark(): void {
    for (const card of tray.querySelectorAll<HTMLElement>('[data-badge]')) {
      const on = card.dataset['badge'] === placed;
      card.toggleAttribute('data-on', on);
      card.setAttribute('aria-pressed', String(on));
      if (card instanceof HTMLButtonElement) card.disabled = !plugged;
    }
  }

  function use(card: HTMLElement): void {
    const badge = card.dataset['badge'] ?? '';
    const lift = placed === badge;
    // The virtual reader has room for one: whatever lay there is lifted by the next.
    placed = !lift && leave?.checked === true ? badge : null;
    link.tray({ do: lift ? 'lift' : placed === null ? 'tap' : 'place', badge });
    if (!lift && placed === null) {
      card.toggleAttribute('data-tapped', true);
      setTimeout(() => card.removeAttribute('data-tapped'), inField);
    }
    mark();
  }

  if (end !== null && plug !== null) {
    const row = tray.ownerDocument.createElement('div');
    row.className = 'others last';
    plug.replaceWith(row);
    row.append(plug, end);
  }
  link.onTray(draw);
  link.onAway(() => {
    placed = null;
    mark();
    if (state !== null) state.textContent = 'The agent does not answer. Start it again in the terminal.';
  });
  // A click with the mouse leaves the focus where it was, so that typing goes on at the screen.
  tray.addEventListener('mousedown', (event) => event.preventDefault());
  tray.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>('button') : null;
    if (button !== null && button === end) link.end?.();
    else if (button === plug) link.tray({ do: plugged ? 'unplug' : 'plug' });
    else if (button?.dataset['badge'] !== undefined) use(button);
  });
}

function endButton(document: Document): HTMLButtonElement {
  const end = document.createElement('button');
  end.type = 'button';
  end.textContent = 'End';
  return end;
}

function cardOf(document: Document, id: string, label: string): HTMLElement {
  const card = document.createElement('button');
  card.type = 'button';
  card.dataset['badge'] = id;
  const face = document.createElement('i');
  face.setAttribute('aria-hidden', 'true');
  face.textContent = label
    .split(/\s+/, 2)
    .map((word) => word.slice(0, 1))
    .join('');
  const name = document.createElement('span');
  name.textContent = label;
  card.append(face, name);
  return card;
}
