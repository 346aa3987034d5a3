/** A machine comes in; something to tap badges with goes out: virtual cards in front of the real pcscd where that can be had, else a reader inside the process. */
import { execFileSync } from 'node:child_process';
import type { TrayReader } from '../../agent/evaluation/tray-reader.ts';
import { isDebian, prepare, virtualReaderPackages } from '../../build/debian.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { type Stand, startStand } from '../virtual-reader/stand.ts';

export type Hardware = AsyncDisposable & {
  /** As the last line of the demo names it. */
  readonly name: string;
  readonly real: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly insert: (uid: string) => void;
  readonly remove: () => void;
  readonly unplug: () => Promise<void>;
  readonly plug: () => Promise<void>;
};

/** Whether nothing less than pcscd will do: root on Debian can have all of it. */
export const mustBeReal = (): boolean => isDebian() && process.getuid?.() === 0;

/** A real pcscd in front of virtual cards, and how it is named; else why there is none, in words. */
export async function realStand(say: (line: string) => void): Promise<{ readonly stand: Stand; readonly name: string } | string> {
  if (process.platform !== 'linux') return 'virtual cards behind a PC/SC service need Linux';
  const prepared = await prepare(virtualReaderPackages, say);
  if (prepared.kind === 'byHand' || prepared.kind === 'failed') return `virtual cards behind pcscd need: ${prepared.line}`;
  try {
    const stand = await startStand();
    const version = /\d+\.\d+\.\d+/.exec(execFileSync('pcscd', ['--version'], { encoding: 'utf8', env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } }))?.[0];
    return { stand, name: `pcscd ${version ?? ''} with a virtual card in "Virtual Badge Reader 1 CL"` };
  } catch (why) {
    return why instanceof Error ? why.message : String(why);
  }
}

export async function realHardware(say: (line: string) => void): Promise<Hardware | string> {
  const real = await realStand(say);
  if (typeof real === 'string') return real;
  const { stand, name } = real;
  return {
    name,
    real: true,
    env: stand.env,
    insert: (uid) => stand.insert(1, virtualCard(uid)),
    remove: () => stand.remove(1),
    plug: () => stand.plug(1),
    unplug: () => stand.unplug(1),
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  };
}

export function inProcessHardware(tray: TrayReader): Hardware {
  return {
    name: 'the in-process reader (no pcscd here)',
    real: false,
    env: {},
    insert: (uid) => tray.place({ id: uid, label: uid, uid: () => Uint8Array.from(Buffer.from(uid, 'hex')) }, false),
    remove: () => tray.lift(),
    plug: async () => tray.plug(),
    unplug: async () => tray.unplug(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
