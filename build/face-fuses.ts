/** Nothing comes in; every fuse of Electron goes out, set one way with its reason; a binary comes in, what its wire says of each goes out. */
import { type FuseConfig, FuseState, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';

export type FuseName = keyof typeof FuseV1Options;
export type Fuse = { readonly on: boolean; readonly why: string };

/** A switch inside the program's file, which neither argument nor environment nor file beside it changes. The type holds this list to every fuse that @electron/fuses knows. */
export const fuses: Readonly<Record<FuseName, Fuse>> = {
  RunAsNode: { on: false, why: 'With ELECTRON_RUN_AS_NODE the signed face would be a Node that runs anybody’s script under its name.' },
  EnableCookieEncryption: { on: true, why: 'The face sets no cookie; should a page ever do, it lies sealed by the system’s keys.' },
  EnableNodeOptionsEnvironmentVariable: { on: false, why: 'NODE_OPTIONS would load code into the main process, and NODE_EXTRA_CA_CERTS authorities nobody chose.' },
  EnableNodeCliInspectArguments: { on: false, why: '--inspect and SIGUSR1 would open the main process to every program of this account.' },
  EnableEmbeddedAsarIntegrityValidation: { on: true, why: 'An app.asar that was changed does not run (Windows and macOS; on Linux the file’s owner has to do: see the README).' },
  OnlyLoadAppFromAsar: { on: true, why: 'A folder resources/app laid beside the archive would run in its place, unproved.' },
  LoadBrowserProcessSpecificV8Snapshot: { on: false, why: 'The main process starts from the same snapshot as any page; one more file could only bring other code.' },
  GrantFileProtocolExtraPrivileges: { on: false, why: 'Pages come from one https origin out of the archive: file: needs no rights, and has none.' },
  WasmTrapHandlers: { on: false, why: 'No WebAssembly runs here (the policy of the page refuses it): a fault in memory ends the process and is not caught.' },
};
export const fuseNames = Object.keys(fuses) as readonly FuseName[];

export type Wire = Readonly<Record<FuseName, 'on' | 'off' | 'lacking'>>;

/** What a program's wire says. Throws where it has none, or has a fuse that the list above does not: then that has to be decided first. */
export async function readFuses(program: string): Promise<Wire> {
  const states: Readonly<Record<string, unknown>> = await getCurrentFuseWire(program);
  const known: readonly string[] = fuseNames.map((name) => String(FuseV1Options[name]));
  const unknown = Object.keys(states).filter((at) => at !== 'version' && !known.includes(at));
  if (states['version'] !== FuseVersion.V1 || unknown.length > 0)
    throw new Error(
      `This Electron has fuses that build/face-fuses.ts does not know (${unknown.join(', ') || 'another version of the wire'}): update @electron/fuses and decide each.`,
    );
  const stateOf = (name: FuseName): Wire[FuseName] => {
    const state = states[FuseV1Options[name]];
    // A fuse that was taken out of Electron is as good as none.
    return state === FuseState.ENABLE ? 'on' : state === FuseState.DISABLE ? 'off' : 'lacking';
  };
  return Object.fromEntries(fuseNames.map((name) => [name, stateOf(name)])) as Wire;
}

/** What electron-builder is to burn into a program with this wire: all that it has. */
export function fuseConfig(wire: Wire): FuseConfig {
  const set = fuseNames.filter((name) => wire[name] !== 'lacking').map((name) => [FuseV1Options[name], fuses[name].on]);
  return { version: FuseVersion.V1, strictlyRequireAllFuses: true, ...Object.fromEntries(set) } as FuseConfig;
}
