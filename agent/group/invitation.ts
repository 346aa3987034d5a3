/** A group's keys and a one-time code come in, the text of an invitation goes out, and back. The code has 132 bits, so the file alone is worth nothing to whoever finds it, however long they try. */
import { createHash, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { fixedBytes } from '../pin-buffer.ts';
import { fields, seal, take, unseal } from '../store/sealing.ts';

/** Random digits, and those that find a slip of the hand. */
const randomDigits = 40;
const checkDigits = 4;
export const codeDigits = randomDigits + checkDigits;
/** Longer than a purchase takes to be unpacked, it is found lying about. */
export const longestInvitation = 14 * 24;

/** `export`: imports, exports and invites; `import`: only imports. */
export type May = 'import' | 'export';
const id = z.string().regex(/^[0-9a-f]{16}$/);
const key = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  purpose: z.enum(['pepper', 'badgeIndex', 'bundle', 'authority']),
  raw: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
const invitationSchema = z.strictObject({
  tapward: z.literal('invitation'),
  format: z.literal(1),
  id,
  group: id,
  may: z.enum(['import', 'export']),
  /** Unix milliseconds. */
  until: z.int().min(0),
  salt: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  sealed: z.string().regex(/^[A-Za-z0-9_-]{40,4000}$/),
});
export type Invitation = z.infer<typeof invitationSchema>;
const secretsSchema = z.strictObject({ authority: z.string().regex(/^[A-Za-z0-9_-]{43}$/), keys: z.array(key).min(3).max(40) });
/** What who joins is given. `authority`: see GroupRecord; the group's keys, those that are current last of their purpose. */
export type GroupSecrets = z.infer<typeof secretsSchema>;

export const newInvitationId = (): string => randomBytes(8).toString('hex');

/** Values 0–9, in memory that can be overwritten; the last four follow from the others. */
export function newCode(): Uint8Array<ArrayBuffer> {
  const code = fixedBytes(codeDigits);
  for (let i = 0; i < randomDigits; ) {
    const [byte = 255] = randomBytes(1);
    // 250 and above would favour the lower digits.
    if (byte < 250) code[i++] = byte % 10;
  }
  code.set(checkOf(code.subarray(0, randomDigits)), randomDigits);
  return code;
}

/** Whether it can be a code at all: a mistyped one is told apart from a wrong one. */
export const isCode = (code: Uint8Array): boolean => code.length === codeDigits && checkOf(code.subarray(0, randomDigits)).every((digit, i) => digit === code[randomDigits + i]);

function checkOf(digits: Uint8Array): Uint8Array {
  const n = createHash('sha256').update('tapward invitation code').update(digits).digest().readUInt32BE();
  return Uint8Array.from(String(n % 10 ** checkDigits).padStart(checkDigits, '0'), (c) => Number(c));
}

function codeKey(code: Uint8Array, salt: string): KeyObject {
  return take(Buffer.from(hkdfSync('sha256', code, Buffer.from(salt, 'base64url'), 'tapward invitation v1', 32)));
}
const name = ({ id: number, group, may, until }: Pick<Invitation, 'id' | 'group' | 'may' | 'until'>): Buffer => fields('tapward invitation', number, group, may, until);

/** `code` stays with the caller. */
export function writeInvitation(about: Pick<Invitation, 'id' | 'group' | 'may' | 'until'>, secrets: GroupSecrets, code: Uint8Array): string {
  const salt = randomBytes(32).toString('base64url');
  const plain = Buffer.from(JSON.stringify(secrets));
  const sealed = seal(codeKey(code, salt), name(about), plain).toString('base64url');
  plain.fill(0);
  const invitation: Invitation = { tapward: 'invitation', format: 1, ...about, salt, sealed };
  return `${JSON.stringify(invitation)}\n`;
}

/** null: no invitation. */
export function readInvitation(text: string): Invitation | null {
  try {
    const parsed = invitationSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** null: another code, or the file was changed. `code` stays with the caller. */
export function openInvitation(invitation: Invitation, code: Uint8Array): GroupSecrets | null {
  const plain = unseal(codeKey(code, invitation.salt), name(invitation), Buffer.from(invitation.sealed, 'base64url'));
  if (plain === null) return null;
  try {
    const parsed = secretsSchema.safeParse(JSON.parse(plain.toString()));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  } finally {
    plain.fill(0);
  }
}
