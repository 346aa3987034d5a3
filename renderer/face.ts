/** Frames and cues come in over the bridge; one section of the document is shown, and gestures go out. The face decides nothing, and without an agent it covers everything. */
import { type Bridge, encodeGesture, type Frame } from '../core/bridge.ts';
import type { Language, Millis } from '../core/types.ts';
import { startCeremonies } from './ceremony.ts';
import { clock as clockOf, faceDocument } from './document.ts';
import { listenToHands } from './hands.ts';
import { lost, type Picture, picture, type Section } from './picture.ts';
import { fitTo } from './size.ts';
import { sounds } from './sound.ts';
import { driftAt, themeAt } from './theme.ts';
import { tonguesIn } from './words/told.ts';
import type { Tongue } from './words/words.ts';

export type FaceOptions = {
  /** Pixels of CSS per millimetre of this display, where its size is known. */
  readonly mm?: number;
  readonly tongueOf?: (language: Language) => Tongue;
};

/** How long the agent may be away before the screen says whom to call. */
const callAfter: Millis = 10_000;
/** Clock and drift are looked at this often. */
const restBeat: Millis = 10_000;

/** Binds the face to its document and its bridge. Until the first frame, and whenever the agent is away, it is covered. */
export function startFace(root: HTMLElement, bridge: Bridge, { mm, tongueOf: tongues = tonguesIn(root.ownerDocument) }: FaceOptions = {}): void {
  const shown = faceDocument(root);
  const sound = sounds();
  const ceremonies = startCeremonies(bridge);
  const clock = (): Millis => performance.now();
  let frame: Frame | null = null;
  let heardAt = clock();
  let awaySince: Millis | null = clock();
  let section: Section = 'lost';
  let played = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const wall = (): number | null => (frame === null ? null : frame.wall + clock() - heardAt);
  const theme = (): 'day' | 'night' => themeAt(frame?.station.theme ?? 'auto', wall(), matchMedia('(prefers-color-scheme: dark)').matches);
  const volume = (): 'day' | 'low' | 'off' => (theme() === 'day' ? 'day' : (frame?.station.nightSound ?? 'off'));

  function draw(): void {
    clearTimeout(timer);
    try {
      const now = frame === null ? 0 : frame.now + clock() - heardAt;
      const tongue = tongues(frame?.view.language ?? frame?.station.language ?? 'en');
      const looks = look(now, tongue);
      section = looks.section;
      played &&= section === 'help';
      shown.draw({ picture: looks, tongue, frame, wall: wall(), theme: theme(), played });
      const next = awaySince !== null ? awaySince + callAfter - clock() : looks.changesAt === null ? null : looks.changesAt - now;
      if (next !== null && next > 0) timer = setTimeout(draw, Math.ceil(next));
    } catch (broken) {
      cover();
      throw broken;
    }
  }

  /** A face that cannot draw what it was sent must not go on showing what it drew before. */
  function cover(): void {
    const drewNothing = frame === null;
    frame = null;
    awaySince ??= clock();
    // First by hand: the second drawing might fail as well.
    root.dataset['section'] = section = 'lost';
    for (const other of root.querySelectorAll<HTMLElement>('main > section')) other.hidden = other.dataset['section'] !== 'lost';
    if (!drewNothing) draw();
  }

  function look(now: Millis, tongue: Tongue): Picture {
    if (frame === null || awaySince !== null) return lost(awaySince !== null && clock() - awaySince >= callAfter, frame?.station.phone ?? null);
    const { view, station, wall: madeAt, now: madeNow } = frame;
    return picture(view, now, { phone: station.phone, clock: (at) => clockOf(tongue, madeAt + at - madeNow) });
  }

  bridge.listen((message) => {
    if (message.kind === 'cue') return sound.play(message.tone, volume());
    if (message.kind !== 'frame') return ceremonies.hear(message);
    frame = message.frame;
    heardAt = clock();
    awaySince = null;
    draw();
  });
  bridge.onAway(() => {
    awaySince ??= clock();
    ceremonies.end();
    draw();
  });

  bridge.onRole?.((role) => {
    root.dataset['role'] = role;
    root.inert = role === 'backdrop';
  });

  listenToHands(root, {
    section: () => section,
    gesture: (gesture) => {
      const bytes = encodeGesture(gesture);
      bridge.send(bytes);
      // A bridge between two worlds overwrote a copy.
      bytes.fill(0);
    },
    touched: () => void sound.wake(),
    testSound: () => {
      sound.play('accepted', theme() === 'night' ? 'low' : 'day');
      played = true;
      draw();
    },
  });
  fitTo(root, mm);
  draw();
  const rest = (): void => {
    const [x, y] = theme() === 'night' ? driftAt(wall() ?? 0) : [0, 0];
    root.style.setProperty('--drift', `${x}px ${y}px`);
    draw();
  };
  // A page that nobody sees keeps no time.
  let resting: ReturnType<typeof setInterval> | undefined;
  const seen = (): void => {
    clearInterval(resting);
    if (document.hidden) return;
    rest();
    resting = setInterval(rest, restBeat);
  };
  document.addEventListener('visibilitychange', seen);
  seen();
}
