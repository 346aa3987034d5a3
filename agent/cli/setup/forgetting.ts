/** A station's folder comes in; everything that makes it this station is gone for good: before an image is taken of its disk, or where the disk is such an image. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connectDoor } from '../../admin/client.ts';
import { loadKeys } from '../../store/keys.ts';
import { openStore, storePath } from '../../store/opening.ts';
import { type Answer, count, sorry } from '../answer.ts';
import type { Given } from '../command.ts';
import { installedDir, isStation } from '../place.ts';
import { agreed, make, stopFirst } from './making.ts';

/** By name: what lies here beside the station's own is not ours to take. */
const ours =
  /^(store\.db.*|ledger(\.new)?|machine\.(key|cred|dpapi)(\.new)?|counter(\.new)?|backup-.*|upgrade-check-.*|agent\.log.*|emergency\..*|policy-last-good.*|admin\.(sock|door)|step-up\.sock)$/;

export async function prepareImage(given: Given): Promise<Answer> {
  const refused = await forget(given, 'Everything that makes this computer a station is forgotten for good: key, identity, people, ledger. Type forget: ');
  if (refused !== null) return refused;
  const left = existsSync(given.dir) ? readdirSync(given.dir).filter((name) => name !== 'policy.json') : [];
  return {
    code: 0,
    text: [
      'The station is forgotten: each copy of this disk makes its own key, identity, store and ledger at its first start.',
      ...(left.length === 0 ? [] : [`Left in ${given.dir}, for it is not the station’s: ${left.join(', ')}.`]),
      ...(process.platform === 'win32'
        ? ['Do not start the agent again before the image is taken; generalize Windows with sysprep.']
        : [
            'Do not start the agent again before the image is taken. What systemd has of its own must go too, or every copy would have it in common:',
            '  truncate -s 0 /etc/machine-id && rm -f /var/lib/systemd/credential.secret /var/lib/systemd/random-seed',
          ]),
    ],
    json: { kind: 'imagePrepared', left },
  };
}

export async function newIdentity(given: Given): Promise<Answer> {
  const refused = await forget(given, 'What came with this disk is forgotten for good: key, identity, people, ledger; then the station is set up anew. Type forget: ');
  return refused ?? make(given);
}

/** null: done. */
async function forget(given: Given, question: string): Promise<Answer | null> {
  const { dir, tools, options } = given;
  const door = await connectDoor(dir);
  if (door.kind === 'connected') door.close();
  if (door.kind !== 'absent') return sorry({ because: 'unavailable', why: door.kind === 'barred' ? door.why : stopFirst() });
  if (!isStation(dir) && !existsSync(join(dir, 'counter'))) return null;
  const people = enrolledIn(given);
  if (people === 'inUse') return sorry({ because: 'unavailable', why: stopFirst() });
  if (people !== 0 && options['forget-people'] !== true)
    return sorry({
      because: 'refused',
      why: `${people === null ? 'The store does not open, so people may be' : count(people, 'person is', 'people are')} enrolled here: say --forget-people if they are to be forgotten with it. Nothing was changed.`,
    });
  if (options.unattended !== true && !(await agreed(given, question, 'forget')))
    return sorry({ because: 'refused', why: 'Nothing was forgotten; without a terminal say --unattended.' });
  // The key first: without it what is left tells nothing, whenever this ends.
  const stays = tools.forgetKeys(dir);
  for (const name of readdirSync(dir).filter((one) => ours.test(one))) rmSync(join(dir, name), { recursive: true, force: true });
  // Passwords that the host keeps are this computer's too.
  if (process.platform === 'win32' && dir === installedDir()) rmSync(join(dirname(dir), 'Tapward-Host', 'sealed'), { recursive: true, force: true });
  return stays === null ? null : sorry({ because: 'refused', why: stays });
}

/** null: the store is there and does not open. */
function enrolledIn({ dir, tools }: Given): number | 'inUse' | null {
  if (!existsSync(storePath(dir))) return 0;
  const { holder, counter } = tools.keys(dir, 'installed');
  const loaded = loadKeys(holder);
  if (loaded.kind !== 'keys') return null;
  const opened = openStore({ dir, keys: loaded.keys, counter });
  if (opened.kind === 'inUse') return 'inUse';
  if (opened.kind !== 'open') return null;
  try {
    return opened.store.subscribers().filter(({ revoked }) => !revoked).length;
  } finally {
    opened.store[Symbol.dispose]();
  }
}
