/** Names of slots as vendors give them come in; which are watched is compared, from a table and at the real pcscd. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whySkipped } from '../../native/pcsc/slots.ts';
import { virtualCard } from '../virtual-reader/card.ts';
import { openStation, skip } from './station.ts';

/** Each line: the slots of one station, and why each is skipped. As pcsc-lite and as Windows names them. */
const stations: readonly (readonly (readonly [string, ReturnType<typeof whySkipped>])[])[] = [
  [['ACS ACR122U PICC Interface 00 00', null]],
  [['ACS ACR122U 00 00', null]],
  [
    ['ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 00 00', null],
    ['ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 01 00', 'sam'],
  ],
  [
    ['ACS ACR1252 1S CL Reader PICC 0', null],
    ['ACS ACR1252 1S CL Reader SAM 0', 'sam'],
  ],
  [
    ['ACS ACR1281 1S Dual Reader PICC 0', null],
    ['ACS ACR1281 1S Dual Reader ICC 0', 'contact'],
    ['ACS ACR1281 1S Dual Reader SAM 0', 'sam'],
  ],
  [
    ['HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422CL Smartcard Reader] (K1) 00 00', null],
    ['HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422 Smartcard Reader] (K1) 01 00', 'contact'],
  ],
  [
    ['HID Global OMNIKEY 5422CL Smartcard Reader 0', null],
    ['HID Global OMNIKEY 5422 Smartcard Reader 0', 'contact'],
  ],
  [['HID Global OMNIKEY 5022 Smart Card Reader 0', null]],
  [['OMNIKEY AG Smart Card Reader USB 0', null]],
  [
    ['Broadcom Corp Contacted SmartCard 0', 'contact'],
    ['Broadcom Corp Contactless SmartCard 0', null],
  ],
  [
    ['Identiv uTrust 4701 F Dual Interface Reader [uTrust 4701 F CL Reader] 01 00', null],
    ['Identiv uTrust 4701 F Dual Interface Reader [uTrust 4701 F Contact Reader] 00 00', 'contact'],
  ],
  [
    ['SpringCard CrazyWriter Contactless 0', null],
    ['SpringCard CrazyWriter SAM A 0', 'sam'],
  ],
  [['Yubico YubiKey OTP+FIDO+CCID 00 00', 'token']],
  [['Samsung NFC Reader 0', null]],
];
for (const slots of stations) {
  const names = slots.map(([name]) => name);
  test(`slots: ${names.join(' | ')}`, () => {
    assert.deepEqual(
      slots.map(([name]) => [name, whySkipped(name, names)]),
      slots,
    );
  });
}

test('settings override the names: skip before use', () => {
  const policy = { use: ['omnikey 5422 '], skip: ['acr122u'] };
  assert.equal(whySkipped('OMNIKEY 5422 Smartcard Reader ICC 0', [], policy), null);
  assert.equal(whySkipped('ACS ACR122U PICC Interface 0', [], policy), 'byPolicy');
  assert.equal(whySkipped('OMNIKEY 5422 ACR122U', [], policy), 'byPolicy');
  assert.equal(whySkipped('Anything CL', [], { use: [''], skip: [''] }), null);
});

const sam = 'ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM]';
const picc = 'ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC]';

test('a card in a SAM slot is nobody’s tap', { skip }, async () => {
  await using station = await openStation({ readers: [1, 2], names: { 1: sam, 2: picc }, before: (stand) => stand.insert(1, virtualCard('04a1b2c3d4e5f6')) });
  const { stand, log, diagnoses } = station;
  const [, found] = await log.next(['service', 'readerFound']);
  assert.equal(found.reader, `${picc} 01 00`);
  stand.insert(2, virtualCard('04cafecafecafe'));
  const [, read] = await log.next(['arrived', 'read']);
  assert.equal(read.reader, found.reader);
  assert.deepEqual(
    diagnoses.map(({ id }) => id),
    ['reader-skipped-sam'],
  );
});

test('a contact slot named in the settings is used', { skip }, async () => {
  await using station = await openStation({ names: { 1: 'Vendor Contact Reader' }, settings: { slots: { use: ['Vendor Contact'], skip: [] } } });
  await station.log.next(['service', 'readerFound']);
  station.stand.insert(1, virtualCard('04a1b2c3d4e5f6'));
  await station.log.next(['arrived', 'read']);
});

test('more readers than are watched: the others are named, and the next takes a place that comes free', { skip }, async () => {
  await using station = await openStation({ readers: [1, 2, 3], settings: { mostReaders: 2 } });
  const { stand, log, diagnoses } = station;
  await log.next(['service', 'readerFound', 'readerFound']);
  assert.deepEqual(
    diagnoses.map(({ id }) => id),
    ['reader-skipped-tooMany'],
  );
  await stand.unplug(1);
  const [, found] = await log.next(['readerLost', 'readerFound']);
  assert.equal(found.reader, 'Virtual Badge Reader 3 CL 02 00');
  stand.insert(3, virtualCard('04a1b2c3d4e5f6'));
  await log.next(['arrived', 'read']);
});

test('sixteen readers: taps on all of them at once', { skip }, async () => {
  const slots = Array.from({ length: 16 }, (_, index) => index + 1);
  await using station = await openStation({ readers: slots });
  const { stand, log } = station;
  await log.next(['service', ...slots.map(() => 'readerFound' as const)]);
  for (const slot of slots) stand.insert(slot, virtualCard(`04a1b2c3d4e5${slot.toString(16).padStart(2, '0')}`));
  const readers = [...new Set(log.all().flatMap((event) => (event.kind === 'readerFound' ? [event.reader] : [])))];
  assert.equal(readers.length, 16);
  for (const reader of readers) await log.next(['arrived', 'read'], reader);
});
