/** A command of an Electron comes in; Playwright's handle on it goes out, or the last failure of three tries. */
import { _electron, type ElectronApplication } from 'playwright-core';

type Launch = { readonly executable: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };

const tries = 3;
/** Milliseconds; one that attaches does so within two seconds here. */
const attachWithin = 20_000;

/** Playwright sometimes never hears from a first window that was drawn before it attached (its issue 29386), and kills the program then: that says nothing of the face. */
export async function launchElectron({ executable, args, env }: Launch): Promise<ElectronApplication> {
  for (let left = tries; ; left -= 1) {
    try {
      return await _electron.launch({ executablePath: executable, args: [...args], env: env as Record<string, string>, timeout: attachWithin });
    } catch (why) {
      if (left === 1 || !(why instanceof Error) || !why.message.includes('Timeout')) throw why;
      console.log('Playwright did not attach to Electron in 20 s; once more.');
    }
  }
}
