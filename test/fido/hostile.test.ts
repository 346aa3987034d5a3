/** Keys that lie, stall, mumble and leave come in; our client refuses every one in words, never throws, and always ends. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { selectFido } from '../../native/fido/applet.ts';
import type { LineOptions } from '../../native/fido/framing.ts';
import { proveFido } from '../../native/fido/proof.ts';
import { type SoftwareKey, softwareKey } from '../cards/fido/key.ts';
import { type Bend, liar, remade } from './liar.ts';
import { inField, origin, pinOf, prove, register, registered, rpId } from './place.ts';

const pin = pinOf('493817');
const quick: LineOptions = { patience: 5 };
const hmacSalt = randomBytes(32);

type Run = (bend: Bend) => Promise<{ readonly kind: string; readonly fault?: string }>;
/** A ceremony with everything in it, at a key that lies. */
async function ceremonies(): Promise<{ readonly key: SoftwareKey; readonly registers: Run; readonly proves: Run }> {
  const key = softwareKey({ pin: '493817', presence: 'always' });
  const { credentialId } = await registered(key, { pin });
  return {
    key,
    registers: (bend) => register(liar(key, bend), { pin }, quick),
    proves: (bend) => prove(liar(key, bend), { credentialId, pin, hmacSalt }, quick),
  };
}

test('a key that bends nothing is believed', async () => {
  const { registers, proves } = await ceremonies();
  assert.equal((await registers((answer) => answer)).kind, 'registration');
  assert.equal((await proves((answer) => answer)).kind, 'proof');
});

test('every status of every command is refused in words', async () => {
  const { key, registers, proves } = await ceremonies();
  const kinds = new Set<string>();
  for (let status = 1; status < 256; status += 1)
    for (const command of [0x01, 0x02, 0x04, 0x06]) {
      key.authenticator.pin.retries = 8;
      const bend: Bend = (answer, asked) => (asked === command ? Uint8Array.of(status) : answer);
      for (const outcome of [await registers(bend), await proves(bend)]) {
        if (command !== 0x06 && (outcome.kind === 'registration' || outcome.kind === 'proof')) continue;
        assert.ok(outcome.kind !== 'registration' && outcome.kind !== 'proof', `status ${status} of ${command}`);
        kinds.add(outcome.kind);
      }
    }
  assert.deepEqual([...kinds].sort(), ['fault', 'pinBlocked', 'pinNeeded', 'pinNotSet', 'pinRefused', 'pinWrong', 'presenceSpent', 'registeredAlready', 'unsupported']);
});

test('every pair of status words, at SELECT and in the place of an answer', async () => {
  for (let word = 0; word < 65_536; word += word % 0x100 === 0xff ? 1 : 5) {
    const words = Uint8Array.of(word >> 8, word & 0xff);
    if (word !== 0x9000) assert.equal((await selectFido(async () => words)).kind, 'fault');
    if (word === 0x9100) continue;
    const transmit = async (command: Uint8Array): Promise<Uint8Array> => (command[1] === 0xa4 ? Buffer.from('4649444f5f325f309000', 'hex') : words);
    assert.equal((await proveFido(transmit, { rpId, origin, challenge: randomBytes(32), credentialId: randomBytes(16), pin: null }, quick)).kind, 'fault');
  }
});

test('a card that leaves after any command is gone', async () => {
  const key = softwareKey({ pin: '493817', presence: 'always', extended: false });
  const { credentialId } = await registered(key, { pin });
  for (let stays = 0; ; stays += 1) {
    const { transmit, traffic } = inField(key);
    const outcome = await proveFido(async (command) => (traffic.commands < stays ? transmit(command) : null), {
      rpId,
      origin,
      challenge: randomBytes(32),
      credentialId,
      pin,
      hmacSalt,
    });
    if (outcome.kind === 'proof') {
      assert.ok(stays >= 5);
      break;
    }
    assert.deepEqual(outcome, { kind: 'fault', fault: 'gone', said: null });
  }
});

const strangers: readonly unknown[] = [0, -1, 7.5, '', 'x', new Uint8Array(), new Uint8Array(400), [], [[]], new Map(), new Map([[1, 2]]), true, null, 2 ** 40];
test('every member of every answer missing, or of another kind: no throw, and none of what matters is believed', async () => {
  const { key, registers, proves } = await ceremonies();
  const must: Readonly<Record<number, readonly number[]>> = { 0x01: [1, 2, 3], 0x02: [2, 3], 0x04: [1, 3], 0x06: [1, 2] };
  for (const command of [0x01, 0x02, 0x04, 0x06])
    for (let member = 1; member <= 12; member += 1)
      for (const stranger of [undefined, ...strangers]) {
        key.authenticator.pin.retries = 8;
        const bend = remade(command, (map) => {
          if (stranger === undefined) map.delete(member);
          else map.set(member, stranger);
        });
        const outcome = command === 0x02 ? await proves(bend) : await registers(bend);
        const isText = command === 0x01 && member === 1 && typeof stranger === 'string';
        const isMap = command === 0x01 && member === 3 && stranger instanceof Map;
        // Any bytes may be a signature until the verifier has looked.
        const isSignature = command === 0x02 && member === 3 && stranger instanceof Uint8Array && stranger.length > 0;
        if (must[command]?.includes(member) === true && !isText && !isMap && !isSignature)
          assert.notEqual(outcome.kind, command === 0x02 ? 'proof' : 'registration', `member ${member} of ${command}`);
      }
});

/** What the answer's authenticator data say otherwise; the signature is not the client's to check. */
const otherData = (command: 0x01 | 0x02, change: (authData: Uint8Array) => Uint8Array): Bend => remade(command, (map) => map.set(2, change(map.get(2) as Uint8Array)));
const at =
  (offset: number, ...bytes: readonly number[]) =>
  (authData: Uint8Array): Uint8Array => {
    const changed = Uint8Array.from(authData);
    changed.set(bytes, offset);
    return changed;
  };
const otherSite = at(0, ...createHash('sha256').update('other.clinic').digest());
const lies: readonly (readonly [what: string, how: 'registers' | 'proves', outcome: object, bend: Bend])[] = [
  ['another credential', 'proves', { kind: 'fault', fault: 'wrong', said: null }, remade(0x02, (map) => map.set(1, { id: randomBytes(48), type: 'public-key' }))],
  ['another RP ID', 'proves', { kind: 'fault', fault: 'wrong', said: null }, otherData(0x02, otherSite)],
  ['another RP ID at registration', 'registers', { kind: 'fault', fault: 'wrong', said: null }, otherData(0x01, otherSite)],
  ['nobody present', 'proves', { kind: 'fault', fault: 'malformed', said: null }, otherData(0x02, at(32, 0x84))],
  ['nobody present at registration', 'registers', { kind: 'fault', fault: 'malformed', said: null }, otherData(0x01, at(32, 0xc4))],
  ['a PIN that was right and a user not verified', 'proves', { kind: 'fault', fault: 'malformed', said: null }, otherData(0x02, at(32, 0x81))],
  ['the same at registration', 'registers', { kind: 'fault', fault: 'malformed', said: null }, otherData(0x01, at(32, 0xc1))],
  ['no new credential', 'registers', { kind: 'fault', fault: 'malformed', said: null }, otherData(0x01, (data) => data.subarray(0, 37))],
  [
    'a new credential in the place of a proof',
    'proves',
    { kind: 'fault', fault: 'malformed', said: null },
    otherData(0x02, (data) => Buffer.concat([data.subarray(0, 32), Uint8Array.of(0xc5), data.subarray(33, 37), new Uint8Array(17), Uint8Array.of(1, 7), data.subarray(37)])),
  ],
  [
    'a credential without an ID',
    'registers',
    { kind: 'fault', fault: 'malformed', said: null },
    otherData(0x01, (data) => Buffer.concat([data.subarray(0, 53), new Uint8Array(2), data.subarray(55 + 48)])),
  ],
  ['two people where one was named', 'proves', { kind: 'fault', fault: 'malformed', said: null }, remade(0x02, (map) => map.set(5, 2))],
  ['no hmac-secret', 'proves', { kind: 'unsupported', what: 'hmacSecret' }, otherData(0x02, (data) => at(32, 0x05)(data.subarray(0, 37)))],
  [
    'an hmac-secret of another length',
    'proves',
    { kind: 'fault', fault: 'malformed', said: null },
    otherData(0x02, (data) => Buffer.concat([data.subarray(0, 37), Buffer.from('a16b686d61632d7365637265745820', 'hex'), randomBytes(32)])),
  ],
  [
    'extensions that are no map',
    'proves',
    { kind: 'fault', fault: 'malformed', said: null },
    otherData(0x02, (data) => Buffer.concat([data.subarray(0, 37), Buffer.from('80', 'hex')])),
  ],
  ['bytes after the extensions', 'registers', { kind: 'fault', fault: 'malformed', said: null }, otherData(0x01, (data) => Buffer.concat([data, Uint8Array.of(0xa0)]))],
  [
    'a point that is not on the curve',
    'proves',
    { kind: 'fault', fault: 'malformed', said: null },
    remade(
      0x06,
      (map) =>
        map.has(1) &&
        map.set(
          1,
          new Map<number, unknown>([
            [1, 2],
            [3, -25],
            [-1, 1],
            [-2, new Uint8Array(32)],
            [-3, new Uint8Array(32)],
          ]),
        ),
    ),
  ],
  ['a token of another length', 'proves', { kind: 'fault', fault: 'malformed', said: null }, remade(0x06, (map) => map.has(2) && map.set(2, randomBytes(32)))],
  ['a U2F key that calls itself newer', 'registers', { kind: 'fault', fault: 'missing', said: null }, remade(0x04, (map) => map.set(1, ['U2F_V2']))],
  [
    'nesting without end',
    'proves',
    { kind: 'fault', fault: 'malformed', said: null },
    (answer, command) => (command === 0x02 ? Uint8Array.of(0, ...Buffer.from('81'.repeat(7_000), 'hex')) : answer),
  ],
  ['more than a message may hold', 'proves', { kind: 'fault', fault: 'malformed', said: 0x61ff }, (answer, command) => (command === 0x02 ? new Uint8Array(9_000) : answer)],
];
for (const [what, how, expected, bend] of lies)
  test(`a key that answers ${what}`, async () => {
    const all = await ceremonies();
    assert.deepEqual(await all[how](bend), expected);
  });

test('a wrong PIN whose tries the key will not tell, or cannot mean', async () => {
  const key = softwareKey({ pin: '493817' });
  const { credentialId } = await registered(key, { pin });
  for (const said of [undefined, 9, 'eight', -1]) {
    key.powered();
    const bend = remade(0x06, (map) => (map.has(3) && said === undefined ? map.delete(3) : map.has(3) && map.set(3, said)));
    assert.deepEqual(await prove(liar(key, bend), { credentialId, pin: pinOf('000000') }), { kind: 'pinWrong', retries: null });
  }
});

test('a key that is busy for ever is cancelled', async () => {
  const seen: string[] = [];
  const transmit = async (command: Uint8Array): Promise<Uint8Array> => {
    seen.push(Buffer.from(command).toString('hex'));
    return command[1] === 0xa4 ? Buffer.from('4649444f5f325f309000', 'hex') : Uint8Array.of(0x01, 0x91, 0x00);
  };
  assert.deepEqual(await proveFido(transmit, { rpId, origin, challenge: randomBytes(32), credentialId: randomBytes(16), pin: null }, { patience: 50 }), {
    kind: 'fault',
    fault: 'gone',
    said: 0x9100,
  });
  assert.equal(seen.at(-1), '8011110000');
  assert.ok(seen.includes('8011000000'));
});

test('a key that always has more to say is stopped, with words and without', async () => {
  for (const part of [new Uint8Array(), new Uint8Array(1), new Uint8Array(256)]) {
    let commands = 0;
    const transmit = async (command: Uint8Array): Promise<Uint8Array> => {
      commands += 1;
      return command[1] === 0xa4 ? Buffer.from('4649444f5f325f309000', 'hex') : Uint8Array.of(...part, 0x61, 0x00);
    };
    const outcome = await proveFido(transmit, { rpId, origin, challenge: randomBytes(32), credentialId: randomBytes(16), pin: null });
    assert.deepEqual(outcome, { kind: 'fault', fault: 'malformed', said: 0x6100 });
    assert.ok(commands < 70);
  }
});

test('ten thousand random answers', async () => {
  const words: readonly (readonly number[])[] = [[], [0x90, 0x00], [0x61, 0x10], [0x6c, 0x10], [0x00]];
  const given = { answers: 0 };
  const answer = async (command: Uint8Array): Promise<Uint8Array | null> => {
    given.answers += 1;
    // Far enough now and then that CBOR is read: status 00 and a beginning of a map.
    if (command[1] === 0xa4 && given.answers % 3 > 0) return Buffer.from('4649444f5f325f309000', 'hex');
    const head = given.answers % 2 === 0 ? [0x00, 0xa0 | (given.answers % 8)] : [];
    return Uint8Array.of(...head, ...randomBytes(Math.floor(Math.random() * 120)), ...(words[given.answers % words.length] ?? []));
  };
  while (given.answers < 10_000) {
    const request = { rpId, origin, challenge: randomBytes(32), credentialId: randomBytes(16), pin: given.answers % 2 === 0 ? pin : null };
    assert.notEqual((await proveFido(answer, request, quick)).kind, 'proof');
  }
});

test('ten thousand honest answers with one byte changed: never a throw', async () => {
  const { key, registers, proves } = await ceremonies();
  const given = { answers: 0 };
  const bend: Bend = (answer) => {
    given.answers += 1;
    const changed = Uint8Array.from(answer);
    changed[Math.floor(Math.random() * changed.length)] = Math.floor(Math.random() * 256);
    return changed;
  };
  while (given.answers < 10_000) {
    key.authenticator.pin.retries = 8;
    key.authenticator.credentials.length = 1;
    await (given.answers % 3 === 0 ? registers(bend) : proves(bend));
  }
});
