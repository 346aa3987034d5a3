/** A station of an earlier version comes in; whether this version can take it over, taken over, or as it was before the upgrade, with what is lost by that, goes out. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../../core/entry.ts';
import { connectDoor } from '../admin/client.ts';
import { openLedger } from '../ledger/opening.ts';
import { ledgerDir, openDurable } from '../store/durable.ts';
import { loadKeys, type StationKeys } from '../store/keys.ts';
import { openStore, storePath } from '../store/opening.ts';
import { ownAll } from '../store/owner.ts';
import { rollBack } from '../store/roll-back.ts';
import type { Upgrade } from '../store/upgrade.ts';
import { type Answer, count, sorry } from './answer.ts';
import type { Command, Given } from './command.ts';
import { isStation, modeOf, noStation } from './place.ts';
import { close, stopFirst } from './setup/making.ts';

export const upgrade: Command = {
  name: 'upgrade',
  summary: 'bring the store to this version, or say whether it would go',
  words: { least: 0, most: 0, named: '' },
  options: [
    ['check', '', 'on a copy that is thrown away: the station is not touched, and its agent may run; no store is as good'],
    ['report', '', 'with --check: a refusal also goes into the system’s log (TW1007), for an installer whose output nobody reads'],
  ],
  notes: [
    'The agent does this itself at its first start in a new version. A copy of the store of before is kept, of which `tapward roll-back` makes use. Exits 1 when it cannot be done; then everything is as it was.',
  ],
  run: async (given) => {
    const { dir, options } = given;
    if (options.check === true) return reported(given, existsSync(storePath(dir)) ? check(given) : nothingHere(dir));
    if (!isStation(dir)) return sorry({ because: 'unavailable', why: noStation(dir) });
    const stopped = await mustBeStopped(dir);
    return stopped ?? bring(given);
  },
};

export const goBack: Command = {
  name: 'roll-back',
  summary: 'set the store back to the copy made before its upgrade, for the version before',
  words: { least: 0, most: 0, named: '' },
  options: [['unattended', '', 'do not ask']],
  notes: ['Run it with this version while the agent is stopped, then install the version before. Who came since is lost; who was revoked since stays revoked. The ledger goes on.'],
  run: async (given) => {
    const { dir, terminal, options } = given;
    if (!isStation(dir)) return sorry({ because: 'unavailable', why: noStation(dir) });
    const stopped = await mustBeStopped(dir);
    if (stopped !== null) return stopped;
    if (options.unattended !== true && !(terminal.isPerson && (await terminal.line('Everybody who was enrolled since the upgrade is lost here. Type back: ')) === 'back'))
      return sorry({ because: 'refused', why: 'Nothing was changed; without a terminal say --unattended.' });
    return setBack(given);
  },
};

async function mustBeStopped(dir: string): Promise<Answer | null> {
  const door = await connectDoor(dir);
  if (door.kind === 'connected') door.close();
  return door.kind === 'absent' ? null : sorry({ because: 'unavailable', why: door.kind === 'barred' ? door.why : stopFirst() });
}

const inWords = ({ from, to, people, badges }: Upgrade): string => `from version ${from} to ${to}: ${count(people, 'person', 'people')}, ${count(badges, 'badge')}, nothing lost`;

function bring({ dir, tools }: Given): Answer {
  const mode = modeOf(dir);
  const durable = openDurable({ dir, ...tools.keys(dir, mode), clock: tools.clock, mode, ...(mode === 'installed' && { machine: { marks: tools.machine(), trusted: false } }) });
  if (durable.kind === 'inUse') return sorry({ because: 'unavailable', why: stopFirst() });
  close(durable);
  ownAll(dir);
  const { degraded, upgraded } = durable;
  if (degraded !== null && durable.store === null) return sorry({ because: 'refused', why: degraded.detail });
  return {
    code: 0,
    text: [upgraded === null ? 'The store is of this version: nothing was to be done.' : `The store was brought ${inWords(upgraded)}. The one of before is in ${upgraded.backup}.`],
    json: { kind: 'upgraded', upgraded },
  };
}

const keysOf = ({ dir, tools }: Given): StationKeys | Answer => {
  const loaded = loadKeys(tools.keys(dir, modeOf(dir)).holder);
  return loaded.kind === 'keys'
    ? loaded.keys
    : sorry({ because: 'unavailable', why: loaded.kind === 'degraded' ? loaded.detail : 'The station has no machine key: bring it back.' });
};

const nothingHere = (dir: string): Answer => ({ code: 0, text: [`There is no store in ${dir}: nothing is to be done.`], json: { kind: 'canUpgrade', upgraded: null } });

function reported({ tools, options }: Given, answer: Answer): Answer {
  if (answer.code !== 0 && options.report === true) tools.tell('TW1007', answer.text.join(' '));
  return answer;
}

/** An agent may write meanwhile: a copy that was torn by that does not open, and is made once more. */
function check(given: Given): Answer {
  const { dir, tools } = given;
  const keys = keysOf(given);
  if ('code' in keys) return keys;
  const { counter } = tools.keys(dir, modeOf(dir));
  let why = '';
  for (let tries = 0; tries < 5; tries++) {
    const copy = mkdtempSync(join(dir, 'upgrade-check-'));
    try {
      for (const part of ['', '-wal']) if (existsSync(storePath(dir) + part)) copyFileSync(storePath(dir) + part, storePath(copy) + part);
      const opened = openStore({ dir: copy, keys, counter: { ...counter, advance: () => undefined } });
      if (opened.kind !== 'open') why = opened.kind === 'degraded' ? opened.detail : opened.kind === 'absent' ? 'There is no store.' : stopFirst();
      else {
        opened.store[Symbol.dispose]();
        return {
          code: 0,
          text: [opened.upgraded === null ? 'The store is of this version: nothing is to be done.' : `The store can be brought ${inWords(opened.upgraded)}.`],
          json: { kind: 'canUpgrade', upgraded: opened.upgraded },
        };
      }
    } catch (e) {
      why = `The check could not be made (${(e as NodeJS.ErrnoException).code ?? String(e)}): free the disk.`;
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }
  return sorry({ because: 'refused', why });
}

/** False where it has no room, or does not open: the store is set back all the same. */
function record({ dir, tools }: Given, keys: StationKeys, entry: Entry): boolean {
  try {
    const opened = openLedger({ dir: ledgerDir(dir), wrap: keys.ledger, clock: tools.clock });
    if (opened.kind !== 'open') return false;
    using ledger = opened.ledger;
    ledger.append(entry);
    return true;
  } catch (e) {
    if ((e as { code?: string }).code === undefined) throw e;
    return false;
  }
}

function setBack(given: Given): Answer {
  const { dir, tools } = given;
  const keys = keysOf(given);
  if ('code' in keys) return keys;
  const done = rollBack({ dir, path: storePath(dir), keys, counter: tools.keys(dir, modeOf(dir)).counter });
  switch (done.kind) {
    case 'inUse':
      return sorry({ because: 'unavailable', why: stopFirst() });
    case 'none':
      return sorry({ because: 'refused', why: 'There is no copy of an earlier version here: nothing was changed.' });
    case 'degraded':
      return sorry({ because: 'refused', why: done.detail });
    case 'rolledBack': {
      const { from, to, backup, forward, lost } = done;
      const recorded = record(given, keys, { kind: 'rolledBack', from, to, backup, actor: tools.account() });
      ownAll(dir);
      return {
        code: 0,
        text: [
          `The store is set back from version ${from} to ${to}, as ${backup} has it. Install the version before now: a start of this one would bring it forward again.`,
          `Lost here: ${count(lost.people, 'person', 'people')} and ${count(lost.badges, 'badge')} that came since, ${count(lost.pins, 'PIN')} set and ${count(lost.changed, 'record')} of people changed since; their old ones hold again.`,
          `Kept: ${count(lost.kept, 'revocation, spent code or count of wrong tries', 'revocations, spent codes and counts of wrong tries')} since then. The ledger goes on.`,
          `The store as it was a moment ago is in ${forward}.`,
          ...(recorded ? [] : ['The ledger could not be written, so this roll-back does not stand in it: free the disk, and note it where you note such things.']),
        ],
        json: { ...done, recorded },
      };
    }
    default:
      return done satisfies never;
  }
}
