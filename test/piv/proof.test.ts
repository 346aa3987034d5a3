/** Software cards with real keys come in; what is read at enrolment, what a tap proves, and what it costs on the wire are held fast. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { challengeFor } from '../../native/piv/algorithms.ts';
import { readCardAuthentication } from '../../native/piv/application.ts';
import { readCertificate } from '../../native/piv/certificate.ts';
import { provePiv } from '../../native/piv/proof.ts';
import { readRevocation } from '../../native/piv/revocation.ts';
import { readOnly, tlv } from '../../native/piv/tlv.ts';
import type { KeyKind } from '../cards/piv/authority.ts';
import { asCard, openAuthority } from '../cards/piv/authority.ts';
import { pivCard } from '../cards/piv/card.ts';
import { need } from '../needs.ts';
import { enrolled, examine, expecting, prove, wire } from './world.ts';

const day = 86_400_000;

describe('PIV Card Authentication', { skip: need('openssl') }, () => {
  const authority = openAuthority();
  after(() => authority[Symbol.dispose]());
  const p256 = enrolled(authority, 'p256');
  const rsa = enrolled(authority, 'rsa2048');

  const kinds: readonly (readonly [KeyKind, number])[] = [
    ['p256', 2],
    ['p384', 2],
    ['rsa2048', 4],
    ['rsa3072', 4],
  ];
  for (const [kind, commands] of kinds) {
    test(`a card of ${kind} is read, examined and proves itself in ${commands} commands`, async () => {
      const { root, card, leaf, record } = enrolled(authority, kind);
      const reading = await readCardAuthentication(wire(card).transmit);
      assert.ok(reading.kind === 'read' && Buffer.compare(reading.der, leaf.der) === 0);
      assert.deepEqual(examine(reading.der, [root]), { kind: 'trusted', record });
      const { transmit, seen } = wire(card);
      assert.deepEqual(await prove(transmit, record), { kind: 'proved' });
      assert.equal(seen.length, commands);
      assert.ok(seen.every(({ command, answer }) => command.length <= 261 && answer.length <= 258));
    });
  }

  test('a certificate that the card keeps packed is read as it is', async () => {
    const card = pivCard({ certificate: rsa.leaf.der, key: rsa.leaf.key, gzip: true });
    const reading = await readCardAuthentication(wire(card).transmit);
    assert.deepEqual(reading, { kind: 'read', der: Buffer.from(rsa.leaf.der) });
  });

  for (const [name, { leaf, card }, file] of [
    ['P-256', p256, 'ec'],
    ['RSA', rsa, 'rsa'],
  ] as const) {
    test(`OpenSSL holds what the ${name} card signs for a signature of its certificate`, () => {
      const nonce = randomBytes(32);
      const algorithm = file === 'ec' ? 'p256' : 'rsa2048';
      const template = tlv(0x7c, tlv(0x82), tlv(0x81, challengeFor(algorithm, nonce)));
      card.respond(Uint8Array.from(Buffer.from('00a4040009a00000030800001000', 'hex')));
      const first = template.subarray(0, 255);
      const second = template.subarray(255);
      const p1 = file === 'ec' ? 0x11 : 0x07;
      if (second.length > 0) card.respond(Uint8Array.of(0x10, 0x87, p1, 0x9e, first.length, ...first));
      const last = second.length > 0 ? second : first;
      let answer = card.respond(Uint8Array.of(0x00, 0x87, p1, 0x9e, last.length, ...last, 0x00));
      if (answer.at(-2) === 0x61) answer = Buffer.concat([answer.subarray(0, -2), card.respond(Uint8Array.of(0, 0xc0, 0, 0, answer.at(-1) ?? 0))]);
      const response = readOnly(answer.subarray(0, -2), 0x7c, 'der') ?? assert.fail('no template');
      const signature = authority.keep(readOnly(response, 0x82, 'der') ?? assert.fail('no response'));
      const publicKey = authority.keep(execFileSync('openssl', ['x509', '-in', leaf.file, '-pubkey', '-noout']));
      const said = execFileSync('openssl', ['dgst', '-sha256', '-verify', publicKey, '-signature', signature, authority.keep(nonce)], { encoding: 'utf8' });
      assert.match(said, /Verified OK/);
    });
  }

  test('a nonce is asked for at every tap, and a signature of an earlier one proves nothing', async () => {
    const sizes: number[] = [];
    const random = (size: number): Uint8Array => randomBytes(sizes.push(size) > 0 ? size : 0);
    const recorded = wire(p256.card);
    assert.equal((await provePiv(recorded.transmit, expecting(p256.record), random)).kind, 'proved');
    const replay = recorded.seen.map(({ answer }) => answer);
    const replayed = await provePiv(() => Promise.resolve(replay.shift() ?? null), expecting(p256.record), random);
    assert.deepEqual([replayed, sizes], [{ kind: 'unproved', because: 'wrong' }, [32, 32]]);
  });

  test('a card with the same certificate and another key is told by its signature', async () => {
    for (const [{ leaf, record }, key] of [
      [p256, generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey],
      [rsa, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
    ] as const) {
      const clone = pivCard({ certificate: leaf.der, key });
      assert.deepEqual(await prove(wire(clone).transmit, record), { kind: 'unproved', because: 'wrong' });
    }
  });

  test('a card of another algorithm, of another application, or that left has not proved itself', async () => {
    assert.deepEqual(await prove(wire(rsa.card).transmit, p256.record), { kind: 'unproved', because: 'missing' });
    const plain = () => Promise.resolve(Uint8Array.of(0x6a, 0x82));
    assert.deepEqual(await prove(plain, p256.record), { kind: 'unproved', because: 'missing' });
    assert.deepEqual(await readCardAuthentication(plain), { kind: 'unread', because: 'missing' });
    for (const stage of [1, 2, 3, 4]) {
      const { transmit } = wire(rsa.card, (answer, _, count) => (count === stage ? null : answer));
      assert.deepEqual(await prove(transmit, rsa.record), { kind: 'unproved', because: 'gone' });
    }
  });

  test('an expired or withdrawn certificate ends a tap before the card is spoken to; a stale CRL after its grace', async () => {
    const { record, root, leaf, card } = p256;
    const issuers = [readCertificate(root.der) ?? assert.fail('no root')];
    const now = Date.now() + 60_000;
    const listed = (days: number, revoked: boolean) => readRevocation(Buffer.from(authority.crl({ by: root, days, revoked: revoked ? [leaf] : [] })), issuers);
    const rows = [
      [{ now: record.notAfter }, 'proved'],
      [{ now: record.notAfter + 1 }, 'expired'],
      [{ now: Number.NaN }, 'expired'],
      [{ now, revocation: listed(7, false) }, 'proved'],
      [{ now, revocation: listed(7, true) }, 'withdrawn'],
      [{ now: now + 9 * day, revocation: listed(7, false) }, 'untrusted'],
      [{ now: now + 9 * day, revocation: listed(7, false), staleGrace: 3 * day }, 'proved'],
      [{ now: now + 11 * day, revocation: listed(7, false), staleGrace: 3 * day }, 'untrusted'],
      [{ now: now + 9 * day, revocation: listed(7, true), staleGrace: 3 * day }, 'withdrawn'],
      [{ now: now - 9 * day, revocation: listed(7, false) }, 'untrusted'],
      [{ now, revocation: readRevocation(null, issuers) }, 'untrusted'],
    ] as const;
    for (const [more, expected] of rows) {
      const { transmit, seen } = wire(card);
      const proof = await prove(transmit, record, more);
      assert.equal(proof.kind === 'proved' ? 'proved' : proof.because, expected);
      assert.equal(seen.length, expected === 'proved' ? 2 : 0);
    }
  });

  test('policy may pin the key of a card that no root stands behind: said in the record, dates and withdrawal still count', async () => {
    const own = authority.issue({ subject: 'Own', by: null, extensions: [], days: 30 });
    assert.deepEqual(examine(own.der, []), { kind: 'refused', because: 'untrusted', why: 'usage' });
    const pinned = examine(own.der, [], true);
    assert.ok(pinned.kind === 'trusted');
    assert.deepEqual([pinned.record.trust, pinned.record.issuerKey], ['pin', null]);
    const { transmit } = wire(pivCard({ certificate: own.der, key: own.key }));
    assert.equal((await prove(transmit, pinned.record)).kind, 'proved');
    assert.deepEqual(await prove(transmit, pinned.record, { now: pinned.record.notAfter + 1 }), { kind: 'unproved', because: 'expired' });
    const weak = authority.issue({ subject: 'Own', by: null, key: 'rsa1024', extensions: asCard });
    assert.deepEqual(examine(weak.der, [], true), { kind: 'refused', because: 'malformed', why: 'keyKind' });
  });

  test('a record whose key is not of its algorithm is a bug, and thrown', async () => {
    await assert.rejects(prove(wire(p256.card).transmit, { ...p256.record, algorithm: 'p384' }), /does not fit/);
  });
});
