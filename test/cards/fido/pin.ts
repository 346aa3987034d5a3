/** authenticatorClientPIN of the software key (CTAP 2.1 §6.5): requests come in as maps, answers or status bytes go out; both PIN/UV auth protocols. */
import { createCipheriv, createDecipheriv, createECDH, createHash, createHmac, type ECDH, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

export type Parameters = ReadonlyMap<unknown, unknown>;
export type ProtocolNumber = 1 | 2;
/** A status byte of §8.2 in the place of an answer. */
export type Status = number;

export type Secret = {
  readonly decrypt: (sealed: Uint8Array) => Uint8Array | null;
  readonly encrypt: (plain: Uint8Array) => Uint8Array;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
};

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
export const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

/** §6.5.6 and §6.5.7: what a key (the shared one or the token) verifies. */
export function verifies(protocol: ProtocolNumber, key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const whole = createHmac('sha256', key.subarray(0, 32)).update(message).digest();
  return same(protocol === 1 ? whole.subarray(0, 16) : whole, signature);
}

export class KeyAgreement {
  #ours: ECDH = createECDH('prime256v1');

  constructor() {
    this.regenerate();
  }

  regenerate(): void {
    this.#ours = createECDH('prime256v1');
    this.#ours.generateKeys();
  }

  publicKey(): Map<number, number | Uint8Array> {
    const point = Uint8Array.from(this.#ours.getPublicKey());
    return new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -25],
      [-1, 1],
      [-2, point.slice(1, 33)],
      [-3, point.slice(33)],
    ]);
  }

  /** null: no point of the curve. */
  secret(protocol: ProtocolNumber, platform: unknown): Secret | null {
    const [x, y] = platform instanceof Map ? [platform.get(-2) as unknown, platform.get(-3) as unknown] : [];
    if (!isBytes(x) || !isBytes(y)) return null;
    let z: Buffer;
    try {
      z = this.#ours.computeSecret(Buffer.concat([Uint8Array.of(4), x, y]));
    } catch {
      return null;
    }
    const derive = (info: string): Buffer => Buffer.from(hkdfSync('sha256', z, Buffer.alloc(32), info, 32));
    const both = protocol === 1 ? createHash('sha256').update(z).digest() : derive('CTAP2 HMAC key');
    const aes = protocol === 1 ? both : derive('CTAP2 AES key');
    return {
      decrypt(sealed) {
        const iv = protocol === 1 ? Buffer.alloc(16) : sealed.subarray(0, 16);
        const body = protocol === 1 ? sealed : sealed.subarray(16);
        if (iv.length !== 16 || body.length === 0 || body.length % 16 !== 0) return null;
        return createDecipheriv('aes-256-cbc', aes, iv).setAutoPadding(false).update(body);
      },
      encrypt(plain) {
        const iv = protocol === 1 ? Buffer.alloc(16) : randomBytes(16);
        const body = createCipheriv('aes-256-cbc', aes, iv).setAutoPadding(false).update(plain);
        return protocol === 1 ? Uint8Array.from(body) : Uint8Array.from(Buffer.concat([iv, body]));
      },
      verify: (message, signature) => verifies(protocol, both, message, signature),
    };
  }
}

export type Token = { readonly bytes: Uint8Array; readonly protocol: ProtocolNumber; permissions: number; rpId: string | null };

/** The PIN of one key, its counters and the token it gave out last. */
export class PinKeeper {
  readonly agreement = new KeyAgreement();
  readonly protocols: readonly ProtocolNumber[];
  token: Token | null = null;
  retries = 8;
  #inARow = 0;
  #hash: Buffer | null = null;

  constructor(protocols: readonly ProtocolNumber[]) {
    this.protocols = protocols;
  }

  get isSet(): boolean {
    return this.#hash !== null;
  }

  set(pin: Uint8Array): void {
    this.#hash = createHash('sha256').update(pin).digest().subarray(0, 16);
    this.retries = 8;
  }

  /** Power came back: three in a row begin anew, tokens and shared secrets are gone. */
  powered(): void {
    this.#inARow = 0;
    this.token = null;
    this.agreement.regenerate();
  }

  answer(request: Parameters): Map<number, unknown> | Status {
    const protocol = request.get(1);
    const sub = request.get(2);
    if (typeof sub !== 'number') return 0x14;
    if (sub === 0x01) return new Map([[3, this.retries]]);
    if (protocol !== 1 && protocol !== 2) return protocol === undefined ? 0x14 : 0x02;
    if (!this.protocols.includes(protocol)) return 0x02;
    switch (sub) {
      case 0x02:
        return new Map([[1, this.agreement.publicKey()]]);
      case 0x03:
        return this.#setFirst(protocol, request);
      case 0x05:
      case 0x09:
        return this.#giveToken(protocol, sub, request);
      default:
        return 0x3e;
    }
  }

  #setFirst(protocol: ProtocolNumber, request: Parameters): Map<number, unknown> | Status {
    const [platform, signature, sealed] = [request.get(3), request.get(4), request.get(5)];
    if (!isBytes(signature) || !isBytes(sealed) || platform === undefined) return 0x14;
    if (this.isSet) return 0x33;
    const secret = this.agreement.secret(protocol, platform);
    if (!secret) return 0x02;
    if (!secret.verify(sealed, signature)) return 0x33;
    const padded = secret.decrypt(sealed);
    if (padded?.length !== 64) return 0x02;
    const end = padded.indexOf(0);
    if (end < 4) return 0x37;
    this.set(padded.subarray(0, end));
    return new Map();
  }

  #giveToken(protocol: ProtocolNumber, sub: number, request: Parameters): Map<number, unknown> | Status {
    const [platform, sealed, permissions, rpId] = [request.get(3), request.get(6), request.get(9), request.get(10)];
    if (platform === undefined || !isBytes(sealed)) return 0x14;
    if (sub === 0x09 && (typeof permissions !== 'number' || permissions === 0)) return 0x02;
    if (sub === 0x05 && (permissions !== undefined || rpId !== undefined)) return 0x02;
    if (!this.#hash) return 0x35;
    if (this.retries === 0) return 0x32;
    if (this.#inARow === 3) return 0x34;
    const secret = this.agreement.secret(protocol, platform);
    if (!secret) return 0x02;
    this.retries -= 1;
    const claimed = secret.decrypt(sealed);
    if (!claimed || !same(claimed, this.#hash)) {
      this.agreement.regenerate();
      this.#inARow += 1;
      return this.retries === 0 ? 0x32 : this.#inARow === 3 ? 0x34 : 0x31;
    }
    this.retries = 8;
    this.#inARow = 0;
    const bytes = Uint8Array.from(randomBytes(32));
    this.token = { bytes, protocol, permissions: sub === 0x05 ? 0x03 : Number(permissions), rpId: typeof rpId === 'string' ? rpId : null };
    return new Map([[2, secret.encrypt(bytes)]]);
  }

  /** §6.1.2 and §6.2.2: the signature over the client data hash, the permission and the RP ID; null: user verified. */
  check(request: { readonly protocol: unknown; readonly signature: Uint8Array; readonly hash: Uint8Array; readonly permission: number; readonly rpId: string }): Status | null {
    const { token } = this;
    if (request.protocol !== 1 && request.protocol !== 2) return request.protocol === undefined ? 0x14 : 0x02;
    if (!token || token.protocol !== request.protocol || !verifies(token.protocol, token.bytes, request.hash, request.signature)) return 0x33;
    if ((token.permissions & request.permission) === 0 || (token.rpId !== null && token.rpId !== request.rpId)) return 0x33;
    token.rpId ??= request.rpId;
    return null;
  }

  /** A token is used up by the ceremony it was given for. */
  spend(): void {
    if (this.token) this.token.permissions = 0;
  }
}
