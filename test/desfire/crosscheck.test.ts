/** Random keys and messages come in; Python's cryptography, which nobody here wrote, must arrive at the same bytes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { cmac } from '../../native/desfire/aes.ts';
import { diversify } from '../../native/desfire/diversification.ts';
import { Session, sessionKeys } from '../../native/desfire/session.ts';
import { need } from '../needs.ts';
import { hex } from './hex.ts';

type Case = { readonly asked: readonly (string | number)[]; readonly ours: Uint8Array };
const some = (length: number): string => randomBytes(length).toString('hex');

function cases(): readonly Case[] {
  const all: Case[] = [];
  for (let round = 0; round < 300; round++) {
    const [key, mac, ti, a, b, header] = [some(16), some(16), some(4), some(16), some(16), some(randomInt(9))];
    const message = some(randomInt(100));
    const input = some(1 + (round % 31));
    const data = some(randomInt(50));
    const counter = randomInt(0x10000);
    const keys = sessionKeys(hex(key), hex(a), hex(b));
    const session = new Session({ enc: Uint8Array.from(hex(key)), mac: Uint8Array.from(hex(mac)) }, hex(ti), counter);
    all.push(
      { asked: ['cmac', key, message], ours: cmac(hex(key), hex(message)) },
      { asked: ['diversify', key, input], ours: diversify(hex(key), hex(input)) },
      { asked: ['sessionKeys', key, a, b], ours: Buffer.concat([keys.enc, keys.mac]) },
      { asked: ['secured', key, mac, ti, counter, 0x3d, header, data], ours: session.secured({ ins: 0x3d, header: hex(header), data: hex(data), mode: 'full' }) },
    );
  }
  return all;
}

test('CMAC, diversification, session keys and secured commands as Python has them', { skip: need('pythonCryptography') }, () => {
  const all = cases();
  const input = all.map(({ asked }) => JSON.stringify(asked)).join('\n');
  const theirs = execFileSync('python3', [join(import.meta.dirname, 'crosscheck.py')], { input, encoding: 'utf8', timeout: 30_000 })
    .trim()
    .split('\n');
  assert.equal(theirs.length, all.length);
  for (const [at, { asked, ours }] of all.entries()) assert.equal(Buffer.from(ours).toString('hex'), theirs[at], String(asked[0]));
});
