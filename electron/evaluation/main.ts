/** The evaluation's face: `--door=PATH` and `--tray=PATH` come in, the kiosk (or with `--window` one plain window) runs with the tray of virtual badges beside it. Never part of a package. */
import { stationHost } from '../../core/bridge.ts';
import { coverOf } from '../asked.ts';
import { doorOfArguments } from '../door.ts';
import { exitCodes, leave } from '../exits.ts';
import { startKiosk } from '../kiosk.ts';
import { readDeed } from './deeds.ts';
import { joinTray } from './tray-link.ts';

/** The installed face's: a key that was registered at one of them serves at the other. */
const origin = `https://${stationHost}`;
/** An agent that was asked to end takes its face with it within this time; else there is none. */
const endsWithin = 3_000;

const tray = process.argv.find((arg) => arg.startsWith('--tray='))?.slice('--tray='.length) ?? '';

startKiosk({
  origin,
  appDir: __dirname,
  door: doorOfArguments(process.argv),
  extension: {
    windowed: process.argv.includes('--window') ? { width: 1366, height: 768 } : null,
    coverFor: (asked) => {
      const cover = coverOf(asked);
      // Open work lies in the page: the window stays, and keyboard and pointer are its person's.
      return cover === 'hidden' || cover === 'strip' ? 'warning' : cover;
    },
    join: (tell) => {
      let state: unknown = null;
      const link = joinTray(tray, (next) => {
        state = next;
        tell(state);
      });
      return (said) => {
        const deed = readDeed(said);
        if (deed === null) return;
        if (deed.do === 'ask') return tell(state);
        const heard = link.send(deed);
        if (deed.do === 'end') setTimeout(() => leave(exitCodes.asked), heard ? endsWithin : 0);
      };
    },
  },
});
