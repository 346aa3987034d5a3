/** Strangers come in: Python's FIDO2 library as the platform of our software key, and libfido2's tools as the verifier of what our client brings back; all sides agree. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { decode, encode } from 'cborg';
import { type SoftwareKey, softwareKey } from '../cards/fido/key.ts';
import { need } from '../needs.ts';
import { algorithms, pinOf, prove, registered, rpId } from './place.ts';

/** What the stranger said of each step. */
async function meet(key: SoftwareKey, protocol: '1' | '2', lengths: 'short' | 'extended'): Promise<readonly string[]> {
  const child = spawn('/usr/bin/python3', [join(import.meta.dirname, 'stranger.py'), protocol, lengths], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, ...rest] = line.split(' ');
    if (word === 'apdu') child.stdin.write(`${Buffer.from(key.respond(Buffer.from(rest[0] ?? '', 'hex'))).toString('hex')}\n`);
    else if (word === 'again') key.powered();
    else said.push(line.trim());
  }
  assert.equal(complaint, '');
  return said;
}

/** Counters depend on how often it was asked; nothing else does. */
const expected = [
  'versions FIDO_2_0,FIDO_2_1',
  'aaguid 7461707761726420736f667477617265',
  'transports nfc',
  'retries 8',
  'wrong 31',
  'retries 7',
  ...[false, true].flatMap((rk) => {
    const user = rk ? 'user=person' : 'user=';
    return [
      "registered uv=1 counter=N ext=[('hmac-secret', True)]",
      `proved uv=1 up=1 ${user}`,
      `proved uv=1 up=1 ${user}`,
      `proved uv=0 up=1 ${user}`,
      `proved uv=0 up=1 ${user}`,
      'hmac 32 same=True,True other=True',
    ];
  }),
  'missing 2e',
  'twice 27',
  'done',
];

for (const protocol of ['1', '2'] as const)
  for (const [lengths, keepAlive] of [
    ['short', 0],
    ['short', 2],
    ['extended', 0],
  ] as const)
    test(`python-fido2 and the software key: PIN protocol ${protocol}, ${lengths}, ${keepAlive} times busy`, { skip: need('pythonFido2') }, async () => {
      const said = await meet(softwareKey({ keepAlive }), protocol, lengths);
      assert.deepEqual(
        said.map((line) => line.replace(/counter=\d+/, 'counter=N')),
        expected,
      );
    });

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const cose = { [-7]: 'es256', [-8]: 'eddsa', [-257]: 'rs256' } as const;

function runs(command: string, args: readonly string[], lines: readonly string[]): { readonly ok: boolean; readonly out: string } {
  const { status, stdout } = spawnSync(command, args, { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  return { ok: status === 0, out: stdout };
}

for (const algorithm of algorithms)
  for (const withPin of [true, false])
    test(`libfido2 verifies what our client brought: ${cose[algorithm]}, ${withPin ? 'with the PIN' : 'by presence'}`, { skip: need('fido2Tools') }, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'fido-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const pin = withPin ? pinOf('493817') : null;
      const key = softwareKey({ pin: '493817', algorithms: [algorithm] });
      const made = await registered(key, { pin });
      const object = decode(made.attestationObject, { useMaps: true }) as Map<string, unknown>;
      const statement = object.get('attStmt') as Map<string, unknown>;
      const [certificate] = statement.get('x5c') as Uint8Array[];
      const credential = (clientDataHash: Uint8Array): readonly string[] => [
        base64(clientDataHash),
        rpId,
        'packed',
        base64(encode(object.get('authData'))),
        base64(made.credentialId),
        base64(statement.get('sig') as Uint8Array),
        base64(certificate ?? new Uint8Array()),
      ];
      const flags = withPin ? ['-v'] : [];
      const checked = runs('fido2-cred', ['-V', '-h', ...flags, cose[algorithm]], credential(sha256(made.clientDataJSON)));
      assert.ok(checked.ok);
      assert.equal(runs('fido2-cred', ['-V', '-h', ...flags, cose[algorithm]], credential(randomBytes(32))).ok, false);

      const publicKey = join(folder, 'key.pem');
      writeFileSync(publicKey, checked.out.split('\n').slice(1).join('\n'));
      const proof = await prove(key, { credentialId: made.credentialId, pin, hmacSalt: randomBytes(32) });
      assert.equal(proof.kind, 'proof');
      if (proof.kind !== 'proof') return;
      const assertion = (clientDataHash: Uint8Array): readonly string[] => [base64(clientDataHash), rpId, base64(encode(proof.authenticatorData)), base64(proof.signature)];
      const verifies = (lines: readonly string[]): boolean => runs('fido2-assert', ['-V', '-p', '-h', ...flags, publicKey, cose[algorithm]], lines).ok;
      assert.equal(verifies(assertion(sha256(proof.clientDataJSON))), true);
      assert.equal(verifies(assertion(randomBytes(32))), false);
      assert.equal(runs('fido2-assert', ['-V', '-p', '-h', '-v', publicKey, cose[algorithm]], assertion(sha256(proof.clientDataJSON))).ok, withPin);
    });

test('OpenSSL finds the software key’s certificate under its root', { skip: need('openssl') }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fido-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const key = softwareKey();
  const made = await registered(key);
  const object = decode(made.attestationObject, { useMaps: true }) as Map<string, Map<string, Uint8Array[]>>;
  const [leaf] = object.get('attStmt')?.get('x5c') ?? [];
  writeFileSync(join(folder, 'root.pem'), key.root);
  writeFileSync(join(folder, 'leaf.pem'), new X509Certificate(leaf ?? new Uint8Array()).toString());
  assert.match(execFileSync('openssl', ['verify', '-CAfile', join(folder, 'root.pem'), join(folder, 'leaf.pem')], { encoding: 'utf8' }), /leaf\.pem: OK/);
});
