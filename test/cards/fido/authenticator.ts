/** CTAP2 messages come in, CTAP2 answers with their status byte go out: a FIDO2 authenticator in software, made from the specification alone. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { decode, encode } from 'cborg';
import { type KeyCredential, newKey, newRandom, signWith } from './credentials.ts';
import { isBytes, type Parameters, PinKeeper, type ProtocolNumber, type Status } from './pin.ts';

export type AuthenticatorOptions = {
  readonly aaguid: Uint8Array;
  /** Signs what it attests; null: the credential's own key does (self attestation). `none`: no statement at all. */
  readonly attestation: { readonly x5c: readonly Uint8Array[]; readonly key: KeyCredential['key'] } | null | 'none';
  readonly algorithms: readonly number[];
  readonly protocols: readonly ProtocolNumber[];
  readonly extensions: readonly string[];
  readonly alwaysUv: boolean;
  /** With a PIN set, a credential is made without it too. */
  readonly makesWithoutPin: boolean;
  /** `once`: one presence per stay in the field, within 120 s (CTAP 2.1 §5). `always`: as some applets do. */
  readonly presence: 'once' | 'always';
  readonly now: () => number;
};
type Answer = ReadonlyMap<number, unknown> | Status;
type Extensions = { readonly outputs: Map<string, unknown>; readonly status: Status | null };

const presenceLasts = 120_000;
const longestMessage = 1200;
const idsInList = 8;
const sha256 = (body: Uint8Array | string): Buffer => createHash('sha256').update(body).digest();
const mapOf = (value: unknown): Parameters | null => (value instanceof Map ? value : null);

export class Authenticator {
  readonly credentials: KeyCredential[] = [];
  readonly pin: PinKeeper;
  counter = 0;
  /** May be turned on by a key's own tool, long after it was registered (authenticatorConfig, CTAP 2.1 §6.11.2). */
  alwaysUv: boolean;
  readonly #options: AuthenticatorOptions;
  #presentSince: number | null = null;
  #others: (() => ReadonlyMap<number, unknown>)[] = [];

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.alwaysUv = options.alwaysUv;
    this.pin = new PinKeeper(options.protocols);
  }

  powered(): void {
    this.#presentSince = this.#options.now();
    this.#others = [];
    this.pin.powered();
  }

  /** Status byte, and the map of a success that has one. */
  answer(message: Uint8Array): Uint8Array {
    const answer = this.#run(message[0] ?? 0, message.subarray(1));
    if (typeof answer === 'number') return Uint8Array.of(answer);
    return answer.size === 0 ? Uint8Array.of(0) : Uint8Array.of(0, ...encode(answer));
  }

  #run(command: number, body: Uint8Array): Answer {
    if (body.length >= longestMessage) return 0x39;
    if (command === 0x04) return body.length === 0 ? this.#information() : 0x03;
    if (command === 0x0b) return this.#usePresence() ? new Map() : 0x27;
    if (command === 0x08) return this.#others.shift()?.() ?? 0x30;
    this.#others = [];
    let request: Parameters | null;
    try {
      request = mapOf(decode(body, { useMaps: true, strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true }));
    } catch {
      return 0x12;
    }
    if (!request) return 0x11;
    if ([request.get(3), request.get(5)].some((list) => Array.isArray(list) && list.length > idsInList)) return 0x15;
    if (command === 0x01) return this.#make(request);
    if (command === 0x02) return this.#assert(request);
    return command === 0x06 ? this.pin.answer(request) : 0x01;
  }

  #information(): Answer {
    const { aaguid, protocols, extensions, algorithms, makesWithoutPin } = this.#options;
    const options = {
      rk: true,
      up: true,
      plat: false,
      ...(protocols.length > 0 && { clientPin: this.pin.isSet, ...(protocols.includes(2) && { pinUvAuthToken: true }) }),
      ...(this.alwaysUv && { alwaysUv: true }),
      ...(makesWithoutPin && { makeCredUvNotRqd: true }),
    };
    return new Map<number, unknown>([
      [1, ['FIDO_2_0', 'FIDO_2_1']],
      ...(extensions.length > 0 ? ([[2, extensions]] as const) : []),
      [3, aaguid],
      [4, options],
      [5, longestMessage],
      ...(protocols.length > 0 ? ([[6, protocols]] as const) : []),
      [7, idsInList],
      [8, 128],
      [9, ['nfc']],
      [10, algorithms.map((alg) => ({ alg, type: 'public-key' }))],
    ]);
  }

  #usePresence(): boolean {
    if (this.#options.presence === 'always') return true;
    const since = this.#presentSince;
    this.#presentSince = null;
    return since !== null && this.#options.now() - since < presenceLasts;
  }

  /** Whether a user is verified by the token of this request; a status where it must be and is not. */
  #verified(rpId: string, hash: Uint8Array, signature: unknown, protocol: unknown, permission: number, required: boolean): boolean | Status {
    if (isBytes(signature)) return this.pin.check({ protocol, signature, hash, permission, rpId }) ?? true;
    return required || this.alwaysUv ? 0x36 : false;
  }

  #make(request: Parameters): Answer {
    const [hash, rp, user, wanted, excluded, extensions, options] = [1, 2, 3, 4, 5, 6, 7].map((key) => request.get(key));
    const rpId = mapOf(rp)?.get('id');
    const userId = mapOf(user)?.get('id');
    if (!isBytes(hash) || typeof rpId !== 'string' || !isBytes(userId) || !Array.isArray(wanted)) return 0x14;
    const algorithm = wanted.map((entry) => mapOf(entry)?.get('alg')).find((alg): alg is number => typeof alg === 'number' && this.#options.algorithms.includes(alg));
    if (algorithm === undefined) return 0x26;
    const rk = mapOf(options)?.get('rk') === true;
    const verified = this.#verified(rpId, hash, request.get(8), request.get(9), 0x01, this.pin.isSet && (rk || !this.#options.makesWithoutPin));
    if (typeof verified === 'number') return verified;
    if (Array.isArray(excluded) && excluded.some((entry) => this.#find(rpId, mapOf(entry)?.get('id')))) return this.#usePresence() ? 0x19 : 0x27;
    if (!this.#usePresence()) return 0x27;
    this.pin.spend();
    const fresh = newKey(algorithm);
    if (!fresh) return 0x26;
    const hasSecret = mapOf(extensions)?.get('hmac-secret') === true && this.#options.extensions.includes('hmac-secret');
    const credential: KeyCredential = { id: Uint8Array.from(randomBytes(48)), rpId, user: userId, discoverable: rk, algorithm, ...fresh, random: hasSecret ? newRandom() : null };
    if (rk) for (const [at, old] of this.credentials.entries()) if (old.discoverable && old.rpId === rpId && Buffer.from(old.user).equals(userId)) this.credentials.splice(at, 1);
    this.credentials.push(credential);
    const attested = Buffer.concat([this.#options.aaguid, Uint8Array.of(0, credential.id.length), credential.id, encode(credential.publicKey)]);
    const authData = this.#authData(rpId, verified, attested, new Map(hasSecret ? [['hmac-secret', true]] : []));
    return new Map<number, unknown>([
      [1, this.#options.attestation === 'none' ? 'none' : 'packed'],
      [2, authData],
      [3, this.#statement(credential, authData, hash)],
    ]);
  }

  #statement(credential: KeyCredential, authData: Uint8Array, hash: Uint8Array): Record<string, unknown> {
    const { attestation } = this.#options;
    const signed = Buffer.concat([authData, hash]);
    if (attestation === 'none') return {};
    if (attestation === null) return { alg: credential.algorithm, sig: signWith(credential.key, signed) };
    return { alg: -7, sig: signWith(attestation.key, signed), x5c: attestation.x5c };
  }

  #assert(request: Parameters): Answer {
    const [rpId, hash, allowed, extensions, options] = [1, 2, 3, 4, 5].map((key) => request.get(key));
    if (typeof rpId !== 'string' || !isBytes(hash)) return 0x14;
    if (Array.isArray(allowed) && allowed.length === 0) return 0x14;
    const up = mapOf(options)?.get('up') !== false;
    const verified = this.#verified(rpId, hash, request.get(6), request.get(7), 0x02, false);
    if (typeof verified === 'number') return verified;
    const found = Array.isArray(allowed)
      ? allowed.flatMap((entry) => this.#find(rpId, mapOf(entry)?.get('id')) ?? []).slice(0, 1)
      : this.credentials.filter((c) => c.discoverable && c.rpId === rpId).toReversed();
    if (found.length === 0) return 0x2e;
    // §12.5: no secret without presence.
    if (!up && mapOf(mapOf(extensions)?.get('hmac-secret'))) return 0x2b;
    if (up && !this.#usePresence()) return 0x27;
    this.pin.spend();
    const extended = found.map((credential) => this.#extend(credential, mapOf(mapOf(extensions)?.get('hmac-secret')), verified));
    const failed = extended.find(({ status }) => status !== null);
    if (failed?.status != null) return failed.status;
    const [first, ...others] = found.map(
      (credential, at) => () => this.#assertion(credential, { rpId, hash, up, verified, outputs: extended[at]?.outputs ?? new Map<string, unknown>() }),
    );
    if (!first) return 0x2e;
    this.#others = others;
    const answer = first();
    return others.length > 0 ? new Map([...answer, [5, found.length]]) : answer;
  }

  #assertion(
    credential: KeyCredential,
    { rpId, hash, up, verified, outputs }: { rpId: string; hash: Uint8Array; up: boolean; verified: boolean; outputs: Map<string, unknown> },
  ): ReadonlyMap<number, unknown> {
    const authData = this.#authData(rpId, verified, null, outputs, up);
    return new Map<number, unknown>([
      [1, { id: credential.id, type: 'public-key' }],
      [2, authData],
      [3, signWith(credential.key, Buffer.concat([authData, hash]))],
      ...(credential.discoverable ? ([[4, { id: credential.user }]] as const) : []),
    ]);
  }

  #extend({ random }: KeyCredential, input: Parameters | null, verified: boolean): Extensions {
    const outputs = new Map<string, unknown>();
    if (!input || !random) return { outputs, status: null };
    const protocol = input.get(4) ?? 1;
    const [sealed, signature] = [input.get(2), input.get(3)];
    if ((protocol !== 1 && protocol !== 2) || !isBytes(sealed) || !isBytes(signature)) return { outputs, status: 0x02 };
    const secret = this.pin.agreement.secret(protocol, input.get(1));
    if (!secret) return { outputs, status: 0x02 };
    if (!secret.verify(sealed, signature)) return { outputs, status: 0x33 };
    const salts = secret.decrypt(sealed);
    if (salts?.length !== 32 && salts?.length !== 64) return { outputs, status: 0x03 };
    const key = verified ? random.verified : random.present;
    const output = Buffer.concat([salts.subarray(0, 32), salts.subarray(32)].filter((salt) => salt.length > 0).map((salt) => createHmac('sha256', key).update(salt).digest()));
    outputs.set('hmac-secret', secret.encrypt(output));
    return { outputs, status: null };
  }

  #find(rpId: string, id: unknown): KeyCredential | undefined {
    return isBytes(id) ? this.credentials.find((c) => c.rpId === rpId && Buffer.from(c.id).equals(id)) : undefined;
  }

  #authData(rpId: string, verified: boolean, attested: Uint8Array | null, outputs: Map<string, unknown>, up = true): Uint8Array {
    this.counter += 1;
    const flags = (up ? 0x01 : 0) | (verified ? 0x04 : 0) | (attested ? 0x40 : 0) | (outputs.size > 0 ? 0x80 : 0);
    const fixed = Buffer.alloc(5);
    fixed.writeUInt8(flags);
    fixed.writeUInt32BE(this.counter, 1);
    return Uint8Array.from(Buffer.concat([sha256(rpId), fixed, attested ?? Buffer.alloc(0), outputs.size > 0 ? encode(outputs) : Buffer.alloc(0)]));
  }
}
