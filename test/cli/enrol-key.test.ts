/** A security key that has a PIN of its own comes in through `tapward enrol --as fido`, held to the reader three times; what the station knows of it, and what it never prints, goes out. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { demoPeople } from '../../agent/evaluation/people.ts';
import { softwareKey } from '../cards/fido/key.ts';
import { inField } from '../virtual-reader/card.ts';
import { type ReaderStation, skip, startReaderStation } from './reader-station.ts';
import { startTapward } from './running.ts';

const pin = '73018264';
const key = softwareKey({ uid: '04f1d0c0ffee61', pin });
const [{ given }] = demoPeople as readonly [(typeof demoPeople)[number]];
let station: ReaderStation;
let sam = '';
const last = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

before(async () => {
  if (skip !== false) return;
  station = await startReaderStation({ keyPin: 'key' });
  sam = await station.idOf(given);
});
after(() => (skip === false ? station[Symbol.asyncDispose]() : undefined));

test('the key’s PIN goes with a key, as digits', { skip }, async () => {
  for (const [args, input, code, words] of [
    [['enrol', '--for', sam, '--as', 'uid', '--key-pin'], '', 2, '--key-pin and --share go with --as fido.'],
    [['enrol', '--for', sam, '--as', 'fido', '--key-pin'], 'words\n', 2, 'The screen takes digits only: give the key a PIN of digits with its own tool first.'],
    [['enrol', '--for', sam, '--as', 'fido', '--key-pin'], '', 2, 'The PIN is missing: send it on standard input, one line of digits.'],
  ] as const) {
    const said = await station.run(args, { input });
    assert.deepEqual([said.code, last(said.err)], [code, words]);
  }
});

test('without its PIN, or with another, the key is not enrolled', { skip }, async () => {
  const bare = await station.hold(key, ['enrol', '--for', sam, '--as', 'fido']);
  assert.deepEqual([bare.code, last(bare.err)], [1, 'The policy asks for this key’s own PIN at each sign-in: enrol it again and give that PIN.']);
  const wrong = await station.hold(key, ['enrol', '--for', sam, '--as', 'fido', '--key-pin'], { input: '73018265\n' });
  assert.deepEqual([wrong.code, last(wrong.err)], [1, 'The key’s own PIN was wrong: begin again.']);
});

test('with its PIN, held there three times: it is hers, unlocks her record, and opens by its own PIN', { skip }, async () => {
  const program = startTapward(station.dir, ['enrol', '--for', sam, '--as', 'fido', '--key-pin', '--share'], { input: `${pin}\n` });
  await program.says('Hold the badge');
  for (const next of ['Lift it, then hold it there once more', 'Lift the key']) {
    station.stand.insert(1, inField(key));
    await program.says(next);
    station.stand.remove(1);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
  }
  station.stand.insert(1, inField(key));
  const said = await program.ended;
  station.stand.remove(1);
  assert.equal(said.code, 0, said.err);
  assert.match(said.out, /^Badge [0-9a-f]{16} is now one of [0-9a-f]{16}’s: a security key that proves itself by its FIDO2 key\.\nIt unlocks her record too\.\n$/);
  assert.ok(![said.out, said.err].some((text) => text.includes(pin)));
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  station.stand.insert(1, inField(key));
  await station.agent.do({ do: 'until', screen: 'keyPin' });
  await station.agent.do({ do: 'type', pin });
  await station.agent.do({ do: 'until', screen: 'open' });
  station.stand.remove(1);
  const permit = station.entries().findLast((entry) => entry.kind === 'permit');
  assert.deepEqual(permit?.kind === 'permit' && [permit.factors, permit.reached], [['key'], 'AAL2']);
});
