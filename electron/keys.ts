/** "Covers everything" and "hidden" come in; the helper that holds keys no window can stop is started, watched, told and restarted, and the keys it lets through go to the page. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { KeyboardInputEvent } from 'electron';
import { heardByte } from './key-input.ts';

/** What is known of the hold. Only `held` means that the desktop gets no key; the face works in every one of them. */
export type KeyHold =
  | { readonly kind: 'free' | 'held' }
  /** Wanted, and not so (yet): another program has the keys, such as an open menu, or the helper has not answered. */
  | { readonly kind: 'notHeld' }
  /** The helper is not running, and is tried again; `why` is one sentence. */
  | { readonly kind: 'missing'; readonly cause: 'missing' | 'noServer' | 'wayland'; readonly why: string };

export type KeyTarget = { sendInputEvent(input: KeyboardInputEvent): void };

export type KeysOptions = {
  /** Path of the helper for this platform. */
  readonly program: string;
  /** Whose environment the helper gets its display from. */
  readonly env?: NodeJS.ProcessEnv;
  /** The page that gets the keys, asked for each; null: nobody gets them. */
  readonly target: () => KeyTarget | null;
  /** Hears each change. */
  readonly hear?: (hold: KeyHold) => void;
};

export type Keys = {
  /** Holds from now on, and again after any death of the helper. `windows`: the face's, as `windowId` gives them; called again when they change. */
  readonly hold: (windows: readonly number[]) => void;
  /** Lets go: the desktop has its keys again. */
  readonly release: () => void;
  readonly state: KeyHold;
  readonly pid: number | null;
  /** Ends the helper; resolves when it is gone, and every hold with it. */
  readonly close: () => Promise<void>;
};

/** Milliseconds. A holding helper says something once a second; after a stop of our own process, bytes may lie unread. */
const silence = { expected: 3_000, unread: 200 };
const restart = { first: 100, longest: 30_000, calm: 10_000 };
/** As many as the helper takes; a station has fewer displays. */
const mostWindows = 16;
const passedOn = ['DISPLAY', 'XAUTHORITY', 'HOME', 'SYSTEMROOT'] as const;
const exits: Readonly<Record<number, Omit<Extract<KeyHold, { readonly kind: 'missing' }>, 'kind'>>> = {
  64: { cause: 'missing', why: 'It was told what it does not know: face and helper are of different versions.' },
  69: { cause: 'noServer', why: 'There is no X server it can reach, or one without XInput 2.' },
  70: { cause: 'wayland', why: 'On Wayland only the compositor can hold keys.' },
};

/** The helper's orders. */
const hold = 0x48;
const release = Uint8Array.of(0x52);

/** The X11 window id in what `BrowserWindow.getNativeWindowHandle()` gives. */
export const windowId = (native: Uint8Array): number => new DataView(native.buffer, native.byteOffset).getUint32(0, true);

/** Starts the helper, which holds nothing until it is told to. A helper that is not there or dies is tried again, ever more seldom. */
export function startKeys({ program, env = process.env, target, hear = () => {} }: KeysOptions): Keys {
  let order: Uint8Array = release;
  let watch = watchSilence(() => {});
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();
  let pause = restart.first;
  let again: NodeJS.Timeout | undefined;
  let isClosed = false;
  let state: KeyHold = { kind: 'free' };

  const wanted = (): boolean => order[0] === hold;
  const become = (next: KeyHold): void => {
    const isNews = next.kind !== state.kind || (next.kind === 'missing' && state.kind === 'missing' && next.why !== state.why);
    state = next;
    if (isNews) hear(next);
  };

  function start(): void {
    const began = performance.now();
    const kept = Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
    const started = spawn(program, [], { env: kept, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    const watched = watchSilence(() => started.kill('SIGKILL'));
    watch = watched;
    child = started;
    started.stdin.on('error', () => {});
    started.stdout.on('data', (chunk: Buffer) => {
      for (const byte of chunk) {
        const heard = heardByte(byte);
        if (heard.kind === 'hold') {
          watched.expect(wanted());
          become({ kind: heard.hold });
        } else if (heard.kind === 'key') {
          const page = target();
          for (const input of heard.inputs) page?.sendInputEvent(input);
        } else started.kill('SIGKILL');
      }
      chunk.fill(0);
    });
    ended = new Promise((resolve) => {
      const end = (cause: (typeof exits)[number]): void => {
        if (child !== started) return;
        watched.expect(false);
        child = null;
        resolve();
        if (isClosed) return;
        become({ kind: 'missing', ...cause });
        if (performance.now() - began >= restart.calm) pause = restart.first;
        again = setTimeout(start, pause);
        pause = Math.min(2 * pause, restart.longest);
      };
      started.on('error', (failure) => end({ cause: 'missing', why: `It cannot be started: ${'code' in failure ? String(failure.code) : failure.name}.` }));
      started.on('close', (code, signal) => end((code === null ? undefined : exits[code]) ?? { cause: 'missing', why: `It ended (${signal ?? code}).` }));
    });
    tell(order);
  }

  function tell(bytes: Uint8Array): void {
    order = bytes;
    if (child?.stdin?.writable !== true) return;
    watch.expect(wanted());
    child.stdin.write(bytes);
  }

  start();
  return {
    hold(windows) {
      const named = windows.slice(0, mostWindows);
      const bytes = new Uint8Array(2 + 4 * named.length);
      bytes.set([hold, named.length]);
      for (const [at, id] of named.entries()) new DataView(bytes.buffer).setUint32(2 + 4 * at, id, true);
      if (state.kind === 'free') become({ kind: 'notHeld' });
      tell(bytes);
    },
    release: () => tell(release),
    get state() {
      return state;
    },
    get pid() {
      return child?.pid ?? null;
    },
    async close() {
      isClosed = true;
      clearTimeout(again);
      child?.stdin?.end();
      const late = setTimeout(() => child?.kill('SIGKILL'), 500);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Calls `hung` when a helper that holds falls silent: its keys would go nowhere, and its death gives them back. */
function watchSilence(hung: () => void): { expect(word: boolean): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    expect(word) {
      clearTimeout(timer);
      if (word) timer = setTimeout(() => (timer = setTimeout(hung, silence.unread)), silence.expected);
    },
  };
}
