/** Software PIV cards in the field of a real pcscd come in; OpenSC's tools, and our own reader with its channel, find in them what OpenSSL issued. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { readCardAuthentication } from '../../native/piv/application.ts';
import { openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { first, openQuiet, tap } from '../channel/field.ts';
import { need } from '../needs.ts';
import type { Station } from '../pcsc/station.ts';
import { inField } from '../virtual-reader/card.ts';
import type { Stand } from '../virtual-reader/stand.ts';
import { startStand } from '../virtual-reader/stand.ts';
import { enrolled, examine, prove } from './world.ts';

const kinds = ['p256', 'rsa2048'] as const;
const run = promisify(execFile);

describe('a software PIV card, as OpenSC finds it', { skip: need('linux', 'pcscd', 'compiler', 'namespaces', 'openssl', 'opensc') }, () => {
  const authority = openAuthority();
  let stand: Stand;
  before(async () => void (stand = await startStand()));
  after(() => stand[Symbol.asyncDispose]());
  after(() => authority[Symbol.dispose]());
  const tool = async (name: string, ...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(name, args, { env: { ...process.env, ...stand.env }, timeout: 20_000 });
    return stdout;
  };

  for (const kind of kinds) {
    test(`${kind}: named, its certificate read, and a signature by 9E without a PIN`, async () => {
      const { leaf, card } = enrolled(authority, kind);
      stand.insert(1, inField(card));
      try {
        assert.match(await tool('opensc-tool', '-n'), /Personal Identity Verification Card/);
        assert.match(await tool('piv-tool', '--name'), /Personal Identity Verification Card/);
        assert.match(await tool('pkcs15-tool', '--list-certificates'), /Certificate for Card Authentication/);
        assert.equal((await tool('pkcs15-tool', '--read-certificate', '04')).trim(), leaf.pem.trim());

        const message = randomBytes(100);
        const digest = authority.keep(createHash('sha256').update(message).digest());
        const signature = authority.keep('');
        const padding = kind === 'rsa2048' ? ['--pkcs1'] : ['-f', 'openssl'];
        await tool('pkcs15-crypt', '--sign', '--key', '04', '--raw', '--sha-256', ...padding, '-i', digest, '-o', signature);
        assert.ok(readFileSync(signature).length > 0);
        const publicKey = authority.keep(execFileSync('openssl', ['x509', '-in', leaf.file, '-pubkey', '-noout']));
        assert.match(execFileSync('openssl', ['dgst', '-sha256', '-verify', publicKey, '-signature', signature, authority.keep(message)], { encoding: 'utf8' }), /Verified OK/);
      } finally {
        stand.remove(1);
      }
    });
  }

  test('a packed certificate is read as it is', async () => {
    const { leaf } = enrolled(authority, 'rsa2048');
    stand.insert(1, inField(pivCard({ certificate: leaf.der, key: leaf.key, gzip: true })));
    try {
      assert.equal((await tool('pkcs15-tool', '--read-certificate', '04')).trim(), leaf.pem.trim());
    } finally {
      stand.remove(1);
    }
  });
});

describe('PIV through the reader program and a real pcscd', { skip: need('linux', 'pcscd', 'compiler', 'namespaces', 'openssl') }, () => {
  const authority = openAuthority();
  let station: Station;
  before(async () => void (station = await openQuiet()));
  after(() => station[Symbol.asyncDispose]());
  after(() => authority[Symbol.dispose]());

  for (const kind of kinds) {
    test(`${kind}: read and examined, then proved at each tap; its copy is not`, async () => {
      const { root, leaf, card, record } = enrolled(authority, kind);
      const stay = async <T>(present: Parameters<typeof tap>[1], work: (transmit: Awaited<ReturnType<typeof tap>>['transmit']) => Promise<T>): Promise<T> => {
        const { transmit } = await tap(station, present);
        const result = await work(transmit);
        station.stand.remove(1);
        await station.log.next(['gone'], first);
        return result;
      };
      const reading = await stay(card, readCardAuthentication);
      assert.ok(reading.kind === 'read');
      assert.deepEqual(examine(reading.der, [root]), { kind: 'trusted', record });
      for (let taps = 0; taps < 3; taps += 1) assert.deepEqual(await stay(card, (transmit) => prove(transmit, record)), { kind: 'proved' });

      // The UID and every readable object of the genuine card, and a key of the thief's.
      const copy = pivCard({ certificate: leaf.der, key: enrolled(authority, kind).leaf.key, uid: card.uid() });
      assert.deepEqual(await stay(copy, (transmit) => prove(transmit, record)), { kind: 'unproved', because: 'wrong' });
    });
  }

  test('a card that leaves in the middle of its proof is gone', async () => {
    const { card, record } = enrolled(authority, 'p256');
    const { transmit } = await tap(station, card);
    const proof = prove((command) => {
      if (command[1] === 0x87) station.stand.remove(1);
      return transmit(command);
    }, record);
    assert.deepEqual(await proof, { kind: 'unproved', because: 'gone' });
    await station.log.next(['gone'], first);
  });
});
