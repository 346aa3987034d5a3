/** The installed face, and the same one started from the sources: the agent's door comes in by its fixed path or `--door=PATH`, the kiosk runs. */
import { app } from 'electron';
import { complain } from './complaint.ts';
import { type Door, doorOfArguments, doorOfInstallation } from './door.ts';
import { exitCodes } from './exits.ts';
import { startKiosk } from './kiosk.ts';

/** Written in by build/electron.ts: see kiosk.ts. */
declare const INSTALLED: boolean;

/** The station's address: it exists in this program alone, and Chromium takes it for a secure one. */
const origin = 'https://station.tapward.internal';

function doorOfStart(): Door | null {
  try {
    return doorOfArguments(process.argv);
  } catch (why) {
    complain(why instanceof Error ? why.message : 'The face cannot be started.');
    return null;
  }
}

/** Arguments count only where the program is not installed. */
const found = INSTALLED ? doorOfInstallation() : doorOfStart();
if (found === null) app.exit(exitCodes.unusable);
else startKiosk({ origin, appDir: __dirname, door: found });
