/** Examples that RFC 4493 and NXP published come in; our side and the card in software must say them byte for byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transmit } from '../../core/ports.ts';
import { cmac } from '../../native/desfire/aes.ts';
import { authenticateFirst, authenticateNext } from '../../native/desfire/authentication.ts';
import { changeOtherKey, changeOwnKey, checksum, getCardUid, selectApplication } from '../../native/desfire/commands.ts';
import { diversify } from '../../native/desfire/diversification.ts';
import { wrapped } from '../../native/desfire/exchange.ts';
import { Session, sessionKeys, shortMac } from '../../native/desfire/session.ts';
import { desfireCard } from '../cards/desfire/card.ts';
import * as cipher from '../cards/desfire/cipher.ts';
import { blank, type Memory } from '../cards/desfire/memory.ts';
import { hex, scripted, text } from './hex.ts';

/** Commands that must come, in order, and what is answered to each. */
function exchange(...steps: readonly (readonly [command: string, response: string])[]): { readonly transmit: Transmit; readonly left: () => number } {
  const left = [...steps];
  return {
    transmit: async (command) => {
      const [expected = '', response = ''] = left.shift() ?? [];
      assert.equal(text(command), expected);
      return hex(response);
    },
    left: () => left.length,
  };
}
const session = (enc: string, mac: string, ti: string, counter: number): Session =>
  new Session({ enc: Uint8Array.from(hex(enc)), mac: Uint8Array.from(hex(mac)) }, hex(ti), counter);
const unused = '00'.repeat(16);

test('RFC 4493 §4: AES-CMAC, with both implementations', () => {
  const key = hex('2b7e151628aed2a6abf7158809cf4f3c');
  const message = hex('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710');
  const macs = new Map([
    [0, 'BB1D6929E95937287FA37D129B756746'],
    [16, '070A16B46B4D4144F79BDD9DD04A287C'],
    [40, 'DFA66747DE9AE63030CA32611497C827'],
    [64, '51F0BEBF7E3B9D92FC49741779363CFE'],
  ]);
  for (const [length, mac] of macs) {
    assert.equal(text(cmac(key, message.subarray(0, length))), mac);
    assert.equal(text(cipher.cmac(key, message.subarray(0, length))), mac);
  }
});

test('AN10922 §2.2.1: AES-128 diversification', () => {
  const input = hex('04782E21801D80 3042F5 4E585020416275');
  assert.equal(text(diversify(hex('00112233445566778899AABBCCDDEEFF'), input)), 'A8DD63A3B89D54B37CA802473FDA9175');
  assert.throws(() => diversify(hex('00'), input), RangeError);
  assert.throws(() => diversify(hex(unused), new Uint8Array(32)), RangeError);
});

const first = {
  rndA: '13C5DB8A5930439FC3DEF9A4C675360F',
  rndB: 'B9E2FC789B64BF237CCCAA20EC7E6E48',
  one: ['9071000002000000', 'A04C124213C186F22399D33AC2A3021591AF'],
  two: ['90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00', '3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F081206639100'],
  ti: '9D00C4DF',
  enc: '1309C877509E5A215007FF0ED19CA564',
  mac: '4C6626F5E72EA694202139295C7A7FC7',
} as const;
const next = {
  rndA: '60BE759EDA560250AC57CDDC11743CF6',
  one: ['90770000010000', 'A6A2B3C572D06C097BB8DB70463E22DC91AF'],
  two: ['90AF000020BE7D45753F2CAB85F34BC60CE58B940763FE969658A532DF6D95EA2773F6E99100', 'B888349C24B315EAB5B589E279C8263E9100'],
  enc: '4CF3CB41A22583A61E89B158D252FC53',
  mac: '5529860B2FC5FB6154B7F28361D30BF9',
} as const;

test('AN12196 §5.6, §5.14: AuthenticateEV2First, NonFirst and their session keys', async () => {
  const key = { keyNo: 0, key: hex(unused) };
  const { transmit, left } = exchange(first.one, first.two, next.one, next.two, [
    '90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600',
    '203BB55D1089D5879100',
  ]);
  const begun = await authenticateFirst(transmit, key, scripted(first.rndA));
  assert.ok(begun.kind === 'ok');
  const keys = sessionKeys(key.key, hex(first.rndA), hex(first.rndB));
  assert.deepEqual([text(keys.enc), text(keys.mac)], [first.enc, first.mac]);
  // In §5.14 TI and counter are those of another session, and stay as they were.
  const before = session(first.enc, first.mac, '7614281A', 2);
  const again = await authenticateNext(transmit, before, key, scripted(next.rndA));
  assert.ok(again.kind === 'ok');
  const changed = await changeOtherKey(transmit, again.value, { keyNo: 2, key: hex('F3847D627727ED3BC9C4CC050489B966') }, 1, hex(unused));
  assert.equal(changed.kind, 'ok');
  assert.equal(left(), 0);
});

test('AN12196 §5.6, §5.14: the card in software answers as the published card did', () => {
  const memory: Memory = blank('04958CAA5C5E80', 'EV2');
  memory.applications.set('000001', { settings: 0x0f, keys: [{ value: Buffer.alloc(16), version: 0, kind: 'aes' }], files: new Map() });
  const rndB = cipher.cbcDecrypt(cipher.aes(hex(unused)), Buffer.alloc(16), hex(next.one[1]).subarray(0, 16));
  const card = desfireCard(memory, scripted(first.rndB, first.ti, text(rndB)));
  assert.equal(text(card.respond(hex('905A00000300000100'))), '9100');
  for (const [command, response] of [first.one, first.two, next.one, next.two]) assert.equal(text(card.respond(hex(command))), response);
});

test('AN12196 §5.3: GetFileSettings in MAC mode', () => {
  const mac = '8248134A386E86EB7FAF54A52E536CB6';
  assert.equal(text(shortMac(hex(mac), hex('F500007A21085E02'))), '6597A457C8CD442C');
  const held = session(unused, mac, '7A21085E', 0);
  const sent = held.secured({ ins: 0xf5, header: hex('02'), data: hex(''), mode: 'mac' });
  assert.equal(text(wrapped(0xf5, sent)), '90F5000009026597A457C8CD442C00');
  const opened = held.opened(hex('0040EEEE000100D1FE001F00004400004400002000006A00002A474282E7A47986'), 'mac');
  assert.ok(opened.kind === 'ok');
  assert.equal(text(opened.value), '0040EEEE000100D1FE001F00004400004400002000006A0000');
});

test('AN12196 §5.4, §5.12: WriteData in full mode, long and short', () => {
  const long = session(first.enc, first.mac, first.ti, 0);
  const ndef =
    '0051D1014D550463686F6F73652E75726C2E636F6D2F6E7461673432343F653D303030303030303030303030303030303030303030303030303030303030303026633D30303030303030303030303030303030';
  const data = joinZeros(ndef, 128);
  assert.equal(
    text(wrapped(0x8d, long.secured({ ins: 0x8d, header: hex('02000000800000'), data, mode: 'full' }))),
    '908D00009F02000000800000421C73A27D827658AF481FDFF20A5025B559D0E3AA21E58D347F343CFFC768BFE596C706BC00F2176781D4B0242642A0FF5A42C461AAF894D9A1284B8C76BCFA658ACD40555D362E08DB15CF421B51283F9064BCBE20E96CAE545B407C9D651A3315B27373772E5DA2367D2064AE054AF996C6F1F669170FA88CE8C4E3A4A7BBBEF0FD971FF532C3A802AF745660F2B4D1D9A8499661EBF300',
  );
  assert.deepEqual(long.opened(hex('FC222E5F7A542452'), 'full'), { kind: 'ok', value: new Uint8Array() });

  const short = session('7A93D6571E4B180FCA6AC90C9A7488D4', 'FC4AF159B62E549B5812394CAB1918CC', '7614281A', 0);
  const written = short.secured({ ins: 0x8d, header: hex('030000000A0000'), data: hex('0102030405060708090A'), mode: 'full' });
  assert.equal(text(wrapped(0x8d, written)), '908D00001F030000000A00006B5E6804909962FC4E3FF5522CF0F8436C0C53315B9C73AA00');
  assert.equal(short.opened(hex('C26D236E4A7C046D'), 'full').kind, 'ok');
});

test('AN12196, example of key and UID reading: GetCardUID, its response in full mode', async () => {
  const held = session('2B4D963C014DC36F24F69A50A394F875', '379D32130CE61705DD5FD8C36B95D764', 'DF055522', 0);
  const { transmit } = exchange(['90510000088E2C155ADDA99BE300', '70756055688505B52A5E26E59E329CD6595F672298EA41B79100']);
  const uid = await getCardUid(transmit, held);
  assert.ok(uid.kind === 'ok');
  assert.equal(text(uid.value), '04958CAA5C5E80');
});

test('AN12196 §5.16: ChangeKey of another key, then of the session’s own', async () => {
  const held = session(next.enc, next.mac, '7614281A', 2);
  const { transmit } = exchange(
    ['90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600', '203BB55D1089D5879100'],
    ['90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FDA6610234BDED643200', '9100'],
  );
  assert.equal(text(checksum(hex('F3847D627727ED3BC9C4CC050489B966'))), '789DFADC');
  assert.equal(text(cipher.crc32(hex('F3847D627727ED3BC9C4CC050489B966'))), '789DFADC');
  const other = await changeOtherKey(transmit, held, { keyNo: 2, key: hex('F3847D627727ED3BC9C4CC050489B966') }, 1, hex(unused));
  assert.equal(other.kind, 'ok');
  const own = await changeOwnKey(transmit, held, { keyNo: 0, key: hex('5004BF991F408672B1EF00F08F9E8647') }, 1);
  assert.equal(own.kind, 'ok');
  assert.ok(held.isOver);
});

test('SELECT is wrapped as ISO/IEC 7816-4 asks', async () => {
  const { transmit, left } = exchange(['905A000003F4812000', '9100']);
  assert.equal((await selectApplication(transmit, hex('F48120'))).kind, 'ok');
  assert.equal(left(), 0);
});

function joinZeros(data: string, length: number): Uint8Array {
  const filled = new Uint8Array(length);
  filled.set(hex(data));
  return filled;
}
