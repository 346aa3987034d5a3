/** A folder with nothing, something or all of a station comes in; machine key, store, ledger and identity go out, those that were not there made, and the ledger's start key once. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connectDoor } from '../../admin/client.ts';
import { stationIdentity } from '../../station/identity.ts';
import { type Durable, openDurable } from '../../store/durable.ts';
import { loadKeys } from '../../store/keys.ts';
import { storePath } from '../../store/opening.ts';
import { ownAll } from '../../store/owner.ts';
import { type Answer, count, sorry } from '../answer.ts';
import type { Given } from '../command.ts';
import { doctor } from '../doctor/doctor.ts';
import { newPrivateFile, type PrivateFile } from '../private-file.ts';

/** What one run made of what there was. */
type Made = {
  readonly key: boolean;
  readonly store: boolean;
  readonly ledger: boolean;
  readonly identity: string;
  readonly ledgerId: string;
  readonly publicKey: string;
  readonly people: number;
  readonly startKey: StartKey;
};
type StartKey = { readonly kind: 'before' } | { readonly kind: 'written'; readonly file: string } | { readonly kind: 'shown'; readonly key: string } | { readonly kind: 'notKept' };

/** In base64url, with its newline. */
const startKeyBytes = 44;

export const stopFirst = (): string => `Stop the agent first: ${process.platform === 'win32' ? 'net stop Tapward' : 'systemctl stop tapward.service'}.`;
const restart = process.platform === 'win32' ? 'net stop Tapward, then net start Tapward' : 'systemctl restart tapward.service';

/** Everything that is not there. */
export async function make(given: Given): Promise<Answer> {
  const { dir, tools, terminal, options } = given;
  const door = await connectDoor(dir);
  if (door.kind === 'barred') return sorry({ because: 'unavailable', why: door.why });
  if (door.kind === 'connected') {
    door.close();
    return report(given, ['The agent runs: the station is set up, and nothing was changed.'], { kind: 'setUp', made: [], running: true });
  }
  const { holder } = tools.keys(dir, 'installed');
  if (holder.grade() === 'file' && loadKeys(holder).kind === 'absent')
    return sorry({
      because: 'refused',
      why: 'No machine key can be sealed here, since systemd-creds does not work: install it (Debian: apt-get install systemd), then run this again. Nothing was made.',
    });
  const isNew = !existsSync(join(dir, 'ledger'));
  const file = isNew && options['start-key-out'] !== undefined ? newPrivateFile(options['start-key-out'], startKeyBytes) : null;
  if (file !== null && 'kind' in file) return sorry({ because: 'refused', why: file.why });
  try {
    terminal.say(isNew ? 'Sealing a machine key, and beginning store and ledger…' : 'Looking at what stands…');
    const made = open(given, file);
    if (typeof made === 'string') return sorry({ because: 'refused', why: made });
    return await report(given, wordsOf(made), {
      kind: 'setUp',
      made: (['key', 'store', 'ledger'] as const).filter((part) => made[part]),
      running: false,
      identity: made.identity,
      ledger: { id: made.ledgerId, publicKey: made.publicKey },
      people: made.people,
      startKey: made.startKey,
    });
  } finally {
    file?.drop();
  }
}

/** One sentence where the station does not open. */
function open({ dir, tools, options }: Given, file: PrivateFile | null): Made | string {
  const there = { key: loadKeys(tools.keys(dir, 'installed').holder).kind !== 'absent', store: existsSync(storePath(dir)), ledger: existsSync(join(dir, 'ledger')) };
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const kept = file !== null || options.unattended !== true;
  const durable = openDurable({
    dir,
    ...tools.keys(dir, 'installed'),
    clock: tools.clock,
    mode: 'installed',
    machine: { marks: tools.machine(), trusted: false },
    setUpBy: { actor: tools.account(), keepsStartKey: kept },
  });
  if (durable.kind === 'inUse') return stopFirst();
  const { store, ledger, degraded, startKey } = durable;
  try {
    if (store === null || ledger === null || degraded !== null) return degraded === null ? 'The store does not open.' : degraded.detail;
    return {
      key: !there.key,
      store: !there.store,
      ledger: !there.ledger,
      identity: stationIdentity(store).id,
      ledgerId: ledger.id,
      publicKey: ledger.publicKey,
      people: store.subscribers().length,
      startKey: startKey === null ? { kind: 'before' } : giveOut(startKey, file, kept),
    };
  } finally {
    close(durable);
    ownAll(dir);
  }
}

function giveOut(startKey: Buffer, file: PrivateFile | null, kept: boolean): StartKey {
  const text = kept ? startKey.toString('base64url') : '';
  file?.write(Buffer.from(`${text}\n`));
  return file !== null ? { kind: 'written', file: file.path } : kept ? { kind: 'shown', key: text } : { kind: 'notKept' };
}

export function close({ store, ledger, startKey }: Durable): void {
  ledger?.[Symbol.dispose]();
  store?.[Symbol.dispose]();
  startKey?.fill(0);
}

function wordsOf({ key, store, ledger, identity, publicKey, people, startKey }: Made): readonly string[] {
  const stand = (made: boolean): string => (made ? 'made now' : 'stands as it was');
  return [
    `Machine key: ${stand(key)}.`,
    `Store: ${stand(store)}; ${count(people, 'person is', 'people are')} enrolled.`,
    `Ledger: ${stand(ledger)}; public key ${publicKey}`,
    `Identity: station ${identity}`,
    ...startKeyWords(startKey),
    ...(startKey.kind === 'before' && people === 0
      ? ['If nobody keeps it: as long as nobody is enrolled, `tapward setup --new-identity` begins another ledger, with another one.']
      : []),
  ];
}

function startKeyWords(startKey: StartKey): readonly string[] {
  switch (startKey.kind) {
    case 'before':
      return ['The ledger’s start key was given out, or overwritten, when the ledger was begun: it is nowhere on this computer.'];
    case 'written':
      return [
        `The ledger’s start key is in ${startKey.file}: carry it off this computer, and delete it here. It proves every entry (\`tapward ledger verify --key\`); whoever has it could write other ones.`,
      ];
    case 'shown':
      return [
        `Start key of the ledger: ${startKey.key}`,
        'It is shown this once: keep it away from this computer. It proves every entry (`tapward ledger verify --key`); whoever has it could write other ones.',
      ];
    case 'notKept':
      return ['The ledger’s start key was overwritten, since no --start-key-out was named: entries are proved by their signatures alone.'];
    default:
      return startKey satisfies never;
  }
}

/** With the doctor's list below it, whose exit code it has. */
export async function report(given: Given, said: readonly string[], json: object): Promise<Answer> {
  given.terminal.say('Looking at readers, permissions and policy…');
  const found = await doctor.run({ ...given, options: {} });
  return { code: found.code, text: [...said, '', ...found.text], json: { ...json, doctor: found.json } };
}

/** IT's word that it is no copy; the ledger keeps it. */
export async function sameStation(given: Given): Promise<Answer> {
  const { dir, tools, terminal, options } = given;
  if (!existsSync(storePath(dir))) return sorry({ because: 'unavailable', why: 'There is no station here yet: run `tapward setup` without --same-station.' });
  if (options.unattended !== true && !(await agreed(given, 'Is this the very station that was set up, and no copy of its disk? Type yes: ', 'yes')))
    return sorry({ because: 'refused', why: 'Nothing was changed.' });
  const durable = openDurable({ dir, ...tools.keys(dir, 'installed'), clock: tools.clock, mode: 'installed', machine: { marks: tools.machine(), trusted: true } });
  // An agent that holds the store found it where it was set up.
  if (durable.kind === 'inUse')
    return report(given, ['The agent has the station open: it is where it was set up, and nothing was changed.'], { kind: 'sameStation', changed: false });
  const { ledger, standing, degraded } = durable;
  const changed = standing === 'moved' || standing === 'cloned';
  try {
    if (degraded !== null || ledger === null) return sorry({ because: 'unavailable', why: degraded === null ? 'The ledger does not open.' : degraded.detail });
    if (changed) ledger.append({ kind: 'sameStation', actor: tools.account() });
  } finally {
    close(durable);
    ownAll(dir);
  }
  terminal.say(changed ? 'Noted.' : 'There is nothing to note.');
  const text = changed
    ? `This computer is the station’s from now on; people, badges and ledger are as they were. Restart the agent: ${restart}.`
    : 'The station is where it was set up: nothing was changed.';
  return report(given, [text], { kind: 'sameStation', changed });
}

/** Without a terminal nobody agrees. */
export const agreed = async ({ terminal }: Given, question: string, word: string): Promise<boolean> => terminal.isPerson && (await terminal.line(question)) === word;
