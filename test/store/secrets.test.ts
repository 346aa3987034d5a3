/** A station has worked for a while: every byte it left on the disk is searched for PINs, UIDs, names and keys, in every form they have had in memory. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { evolve, macKeyOf } from '../../agent/ledger/proofs.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { pinOf } from './pin-of.ts';
import { copyOf, digits, enrolled, folder, newPlace, placeIn } from './place.ts';

const names = ['Wilhelmina', 'Ngozi'];
/** Long enough that no clock or number shows them by chance. */
const pins = ['482915730164', '730164927465'];
const wrong = '917364028517';
const policy = { ...defaultPolicy, pinLength: 12 };
const uids = ['04a1b2c3d4e5f6', '04f6e5d4c3b2a1'];

test('no PIN, UID, name or key lies in store or ledger', async (t) => {
  const place = placeIn(folder(t), policy);
  const first = place.open();
  for (const [i, given] of names.entries()) {
    const { subscriber, badge } = await enrolled(first.enrolment, given, uids[i] ?? '', pins[i] ?? '');
    await first.verifier.verify(subscriber.id, pinOf(digits(pins[i] ?? '')), 'uid');
    await first.verifier.verify(subscriber.id, pinOf(digits(wrong)), 'uid');
    first.enrolment.revokeBadge(badge, 'test');
    await first.enrolment.resetPin(subscriber.id, digits(pins[1 - i] ?? ''), 'test');
  }
  for (let n = 0; n < 70; n++) first.ledger.append({ kind: 'reader', reader: 'R', change: 'found' });
  const key = place.holder.load();
  assert.ok(key.kind === 'held');
  const startKey = first.durable.startKey ?? assert.fail();

  const secrets: Record<string, Uint8Array> = { 'the machine key': key.key, 'the ledger’s start key': startKey };
  let evolving = startKey;
  for (let n = 0; n < 80; n++) {
    secrets[`ledger key ${n}`] = evolving;
    secrets[`MAC key ${n}`] = macKeyOf(evolving);
    evolving = evolve(evolving);
  }
  for (const name of names) secrets[name] = Buffer.from(name);
  for (const pin of [...pins, wrong]) {
    secrets[`the PIN ${pin} in ASCII`] = Buffer.from(pin);
    secrets[`the PIN ${pin} in bytes`] = digits(pin);
  }
  for (const uid of uids) secrets[`the UID ${uid}`] = Buffer.from(uid, 'hex');

  const search = (dir: string): void => {
    const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((f) => statSync(join(dir, f)).isFile());
    assert.ok(files.includes('store.db') && files.includes('ledger/ledger-000001.jsonl'));
    for (const file of files) {
      const bytes = readFileSync(join(dir, file));
      const text = bytes.toString('latin1').toLowerCase();
      for (const [what, secret] of Object.entries(secrets)) {
        const raw = Buffer.from(secret);
        assert.ok(!bytes.includes(raw), `${what} lies in ${file}`);
        for (const form of ['hex', 'base64', 'base64url'] as const) {
          // The end of a base64 text depends on what follows it.
          const written = raw.toString(form).replace(/=+$/, '');
          const sure = form === 'hex' ? written : written.slice(0, Math.floor((raw.length * 4) / 3));
          if (sure.length >= 8) assert.ok(!text.includes(sure.toLowerCase()), `${what} lies in ${file} as ${form}`);
        }
      }
    }
  };
  // Once as it stands while the agent runs, once as it stands afterwards.
  search(copyOf(t, place.dir));
  first.close();
  search(place.dir);
});

test('the search would find them', async (t) => {
  const place = newPlace(t);
  const { enrolment, ledger, close } = place.open();
  const { subscriber } = await enrolled(enrolment, 'Sam', '04a1b2c3d4e501', '482915');
  ledger.append({ kind: 'stopped', why: 'words that are looked for' });
  close();
  const text = readFileSync(join(place.dir, 'ledger/ledger-000001.jsonl'), 'latin1');
  assert.ok(text.includes('words that are looked for') && text.includes(subscriber.id));
});
