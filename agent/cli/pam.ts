/** The names of PAM services come in; Tapward's lines are put into their files or taken out, and what became of each goes out. Nothing else of the system is touched. */
import { hostname } from 'node:os';
import { disableService, type Edited, enableService, type Service, services } from '../pam/stack-files.ts';
import { installedPlaces, readInstalledPolicy } from '../places.ts';
import { type Answer, sorry, table } from './answer.ts';
import type { Command } from './command.ts';

const most = 16;
const atGreeter = 'What a person does there: choose herself, tap, press Enter; or tap, type the PIN, press Enter; or type the password as ever. At swaylock: tap, press Enter.';
const never = 'su, sudo, sshd, login, cron, polkit and what all services share are never touched.';

export const enablePam: Command = {
  name: 'pam enable',
  summary: 'a tap stands in for the password at these display managers or lockers',
  words: { least: 1, most, named: 'SERVICE…' },
  options: [],
  notes: [`Names as in /etc/pam.d: lightdm, gdm-password, sddm, greetd, swaylock. The password goes on to work there; ${never}`, atGreeter],
  run: async ({ words }) => edit(words, enableService, unlisted),
};

export const disablePam: Command = {
  name: 'pam disable',
  summary: 'only passwords again at these services, or with --all everywhere',
  words: { least: 0, most, named: '[SERVICE…]' },
  options: [['all', '', 'every service that has a line of ours; what removing the package does first']],
  notes: ['Takes out every line that names Tapward and leaves the others as they are.'],
  run: async ({ words, options }) => {
    if (words.length > 0 === (options.all === true)) return sorry({ because: 'wrong', why: 'Name the services, or all of them with --all: `tapward pam status` lists them.' });
    return edit(options.all === true ? services().map(({ service }) => service) : words, disableService, () => []);
  },
};

export const pamStatus: Command = {
  name: 'pam status',
  summary: 'the services at which a tap stands in for the password',
  words: { least: 0, most: 0, named: '' },
  options: [],
  notes: [],
  run: async () => {
    const found = services();
    return {
      code: 0,
      text: found.length === 0 ? ['Nowhere: `tapward pam enable` names the first.'] : table(found.map(({ service, standing }) => [service, standingWords[standing]])),
      json: { kind: 'pamServices', services: found },
    };
  },
};

const standingWords: Readonly<Record<Service['standing'], string>> = { on: 'tap or password', byHand: 'pam_tapward.so, written by hand', off: 'password' };

function edit(names: readonly string[], one: (service: string) => Edited, advice: (names: readonly string[]) => readonly string[]): Answer {
  if (process.geteuid?.() !== 0) return sorry({ because: 'unavailable', why: 'Only root may change what is in /etc/pam.d: run this as root.' });
  const edited = [...new Set(names)].map((name) => one(name));
  const words = ({ service, ...rest }: Edited): string => `${service}: ${rest.kind === 'refused' ? rest.why : rest.kind === 'changed' ? 'done.' : 'was so already.'}`;
  return {
    code: edited.some(({ kind }) => kind === 'refused') ? 1 : 0,
    text: edited.length === 0 ? ['There was nothing to do.'] : [...edited.map(words), ...advice(edited.flatMap(({ kind, service }) => (kind === 'refused' ? [] : [service])))],
    json: { kind: 'pamEdited', services: edited },
  };
}

/** Display managers that the agent will not answer until the policy names them. Lockers have a door of their own. */
function unlisted(names: readonly string[]): readonly string[] {
  const { pamServices } = readInstalledPolicy(installedPlaces(), hostname()).policy;
  const missing = names.filter((name) => !pamServices.includes(name) && !/lock|saver/.test(name));
  return missing.length === 0 ? [] : [`The agent answers only services of "pamServices" in the policy: add ${missing.join(', ')} there.`];
}
