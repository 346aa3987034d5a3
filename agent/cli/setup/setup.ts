/** A computer comes in; a station that is set up, what stands of it, and what the doctor finds go out. A second run changes nothing. */
import { type Answer, sorry } from '../answer.ts';
import type { Command, Given } from '../command.ts';
import { isStation, modeOf } from '../place.ts';
import { newIdentity, prepareImage } from './forgetting.ts';
import { make, sameStation } from './making.ts';

const ways = ['prepare-image', 'new-identity', 'same-station'] as const;

export const setup: Command = {
  name: 'setup',
  summary: 'set this computer up as a station, and say what stands',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['unattended', '', 'ask nothing and show no secret: for images and for tools that set up many'],
    ['start-key-out', 'FILE', 'write the ledger’s start key to a new file instead of showing it: carry it off this computer'],
    ['prepare-image', '', 'forget key, identity, store and ledger, so that each copy of this disk makes its own at its first start'],
    ['new-identity', '', 'this disk is a copy of another station’s: forget what came with it, and set up anew'],
    ['same-station', '', 'this is no copy, but the same station on new hardware or under a new system: keep everything'],
    ['forget-people', '', 'with --prepare-image or --new-identity: though people are enrolled'],
  ],
  notes: ['As root, before the agent’s first start or while it is stopped. Run again it changes nothing. Exits 1 when something is bad, as `doctor` does.'],
  run: (given) => {
    const { options, dir } = given;
    const asked = ways.filter((way) => options[way] === true);
    const wrong = (why: string): Promise<Answer> => Promise.resolve(sorry({ because: 'wrong', why }));
    if (asked.length > 1) return wrong(`Say one of ${asked.map((way) => `--${way}`).join(' and ')}.`);
    const [way] = asked;
    if (options['forget-people'] === true && way !== 'prepare-image' && way !== 'new-identity') return wrong('--forget-people goes with --prepare-image or --new-identity.');
    if (options['start-key-out'] !== undefined && (way === 'prepare-image' || way === 'same-station'))
      return wrong(`--start-key-out does not go with --${way}: there no ledger is begun.`);
    if (process.platform !== 'win32' && process.geteuid?.() !== 0) return Promise.resolve(sorry({ because: 'unavailable', why: 'Setting up takes root: sudo tapward setup.' }));
    if (isStation(dir) && modeOf(dir) === 'evaluation')
      return Promise.resolve(sorry({ because: 'refused', why: `${dir} holds an evaluation, which needs no set-up: name the station’s own folder with --dir.` }));
    return run(given, way ?? 'make');
  },
};

function run(given: Given, way: (typeof ways)[number] | 'make'): Promise<Answer> {
  switch (way) {
    case 'make':
      return make(given);
    case 'same-station':
      return sameStation(given);
    case 'prepare-image':
      return prepareImage(given);
    case 'new-identity':
      return newIdentity(given);
    default:
      return way satisfies never;
  }
}
