/** One person as she is carried comes in, one line of JSON goes out, and back: what another station wrote is looked at part by part, however well it was signed. */
import { z } from 'zod';
import { nameRefusal } from '../enrolment/refusal.ts';
import type { BadgeProof } from '../proofs/record.ts';
import type { Carried } from './carried.ts';

const id = z.string().regex(/^[0-9a-f]{16}$/);
const keyId = z.string().regex(/^[0-9a-f]{12}$/);
const revision = z.int().min(0).max(1_000_000_000);
const base64 = (most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/);
const base64url = (most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .regex(/^[A-Za-z0-9_-]*$/);

const proof = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('uid') }),
  z.strictObject({ kind: z.literal('aes'), aid: base64(8), keyNo: z.int().min(0).max(13), keyVersion: z.int().min(0).max(255), key: base64(64), uid: base64(64) }),
  z.strictObject({
    kind: z.literal('piv'),
    algorithm: z.string().max(40),
    spki: base64(2_000),
    trust: z.enum(['path', 'pin']),
    certificate: base64(11_000),
    notAfter: z.number(),
    serial: z
      .string()
      .max(200)
      .regex(/^[0-9a-f]*$/),
    issuer: base64(4_000),
    issuerKey: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
  }),
  z.strictObject({
    kind: z.literal('fido'),
    via: z.enum(['nfc', 'face']),
    pinLength: z.int().min(1).max(64).optional(),
    credential: z.strictObject({
      id: base64url(1_400),
      publicKey: base64url(2_000),
      counter: z.int().min(0).max(0xffff_ffff),
      aaguid: z.string().max(40),
      attested: z.boolean(),
      transports: z.array(z.string().max(40)).max(10),
      backupEligible: z.boolean(),
      hmacSecret: z.boolean(),
    }),
  }),
]);
const person = z.strictObject({
  id,
  revision,
  given: z.string().max(80),
  initial: z.string().max(20),
  language: z.enum(['en', 'es']).nullable(),
  role: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .nullable(),
  number: z
    .string()
    .regex(/^\d{1,20}$/)
    .nullable(),
  account: z
    .string()
    .regex(/^[^\s\p{C}]{1,104}$/u)
    .nullable(),
  revoked: z.boolean(),
});
const badge = z.strictObject({
  id,
  revision,
  life: revision,
  revoked: z.boolean(),
  proof,
  index: z.string().regex(/^[0-9a-f]{64}$/),
  indexKey: keyId,
  lastUsed: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .nullable(),
});
/** Far above any real one, and still a PIN that a bedside computer checks in a few seconds; less memory than 8 KiB a lane is none (RFC 9106 §3.1). */
const cost = z.strictObject({ m: z.int().min(8).max(262_144), t: z.int().min(1).max(10), p: z.int().min(1).max(4) }).refine(({ m, p }) => m >= 8 * p);
/** Fewer bytes of salt argon2id does not take, and the hash has so many: a PIN of other ones could never be typed right. */
const salt = base64(64).refine((text) => Buffer.from(text, 'base64').length >= 8);
const hash = base64(64).refine((text) => Buffer.from(text, 'base64').length === 32);
const pin = z.strictObject({
  revision,
  resets: revision,
  length: z.int().min(4).max(16),
  pepper: keyId,
  cost,
  salt,
  hash,
  failures: z.int().min(0).max(1_000),
  keyFailures: z.int().min(0).max(1_000),
});
const lineSchema = z.strictObject({ person, badges: z.array(badge).max(1_000), pin: pin.nullable() });
/** Of one person with many certificates. */
const longestLine = 1_500_000;

/** With its newline. Whose badges and PIN they are, they need not say. */
export const lineOf = (carried: Carried): string => `${JSON.stringify(carried, (name, value: unknown) => (name === 'subscriber' ? undefined : value))}\n`;

/** null: not a person. `keys`: those of the group; whatever names another one cannot be looked up or checked here. */
export function readLine(line: Buffer, keys: ReadonlySet<string>): Carried | null {
  if (line.length > longestLine) return null;
  try {
    const parsed = lineSchema.safeParse(JSON.parse(line.toString('utf8')));
    if (!parsed.success) return null;
    const { person: who, badges, pin: secret } = parsed.data;
    if (nameRefusal(who) !== null || badges.some(({ indexKey }) => !keys.has(indexKey)) || (secret !== null && !keys.has(secret.pepper))) return null;
    const subscriber = who.id;
    return { person: who, badges: badges.map((one) => ({ ...one, proof: one.proof as BadgeProof, subscriber })), pin: secret && { ...secret, subscriber } };
  } catch {
    return null;
  }
}
