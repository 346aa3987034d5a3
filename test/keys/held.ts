/** An X display comes in; the supervised helper goes out, with a page that only writes down what it is sent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { nativeProgram } from '../../build/native.ts';
import { type Keys, startKeys } from '../../electron/keys.ts';
import { until } from './screen.ts';

export type Held = Keys &
  AsyncDisposable & {
    /** Keys that went down on the page, with `shift` before them where it was down. */
    readonly typed: string[];
    /** Each state that was told. */
    readonly states: string[];
    /** Holds and waits until it does. */
    readonly held: (windows?: readonly number[]) => Promise<void>;
  };

/** Starts the real helper, or another program in its place. */
export async function startHeld(env: NodeJS.ProcessEnv, program?: string): Promise<Held> {
  const typed: string[] = [];
  const states: string[] = [];
  const page = {
    sendInputEvent: ({ type, keyCode, modifiers = [] }: Electron.KeyboardInputEvent) => {
      if (type === 'keyDown') typed.push([...modifiers, keyCode].join(' '));
    },
  };
  const keys = startKeys({ program: program ?? (await nativeProgram('keys-x11')), env, target: () => page, hear: ({ kind }) => states.push(kind) });
  return {
    typed,
    states,
    hold: keys.hold,
    release: keys.release,
    close: keys.close,
    get state() {
      return keys.state;
    },
    get pid() {
      return keys.pid;
    },
    async held(windows = []) {
      keys.hold(windows);
      await until('held', () => keys.state.kind === 'held');
    },
    [Symbol.asyncDispose]: keys.close,
  };
}

/** A process of its own that holds, as the face's main process does; resolves once it does. */
export async function startFace(env: NodeJS.ProcessEnv): Promise<{ readonly face: ChildProcess; readonly helper: number }> {
  const face = spawn(process.execPath, [join(import.meta.dirname, 'face.ts'), await nativeProgram('keys-x11')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(face.stdout, 'data')) as [Buffer];
  return { face, helper: Number(said.toString()) };
}
