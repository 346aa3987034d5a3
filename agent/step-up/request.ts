/** One line of an application comes in; the request it is, or one sentence saying what is wrong with it, goes out. */
import { z } from 'zod';

/** In bytes, its newline included. */
export const longestRequest = 1024;

/** Shown to the person as it stands: letters, digits and plain punctuation. No invisible letters (Hangul fillers are letters to Unicode), and no more marks on one than scripts have. */
const shown = z.string().regex(/^(?!.*\p{M}{4})(?!\P{DI}*\p{DI})[\p{L}\p{N}][\p{L}\p{M}\p{N} .,:()/'’-]{0,47}$/u);
const requestSchema = z.strictObject({
  v: z.literal(1),
  /** "Export records", in the language of the site. */
  act: shown,
  /** 16 to 64 random bytes in base64url. */
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22,86}$/),
  /** The level of SP 800-63B-4 below which no answer is wanted. */
  least: z.enum(['AAL1', 'AAL2']).optional(),
});
export type StepUpRequest = z.infer<typeof requestSchema>;
export type ReadRequest = { readonly kind: 'request'; readonly request: StepUpRequest } | { readonly kind: 'junk'; readonly why: string };

/** Never throws. */
export function readRequest(line: string): ReadRequest {
  let said: unknown;
  try {
    said = JSON.parse(line);
  } catch {
    return { kind: 'junk', why: 'Send one line of JSON: {"v":1,"act":"Export records","nonce":"…"}.' };
  }
  const parsed = requestSchema.safeParse(said);
  if (parsed.success) return { kind: 'request', request: parsed.data };
  const field = parsed.error.issues[0]?.path[0];
  if (field === 'act') return { kind: 'junk', why: 'Say in "act" what it is for, in at most 48 letters, digits and plain punctuation.' };
  if (field === 'nonce') return { kind: 'junk', why: 'Give a "nonce" of 16 to 64 random bytes in base64url, new each time.' };
  if (field === 'least') return { kind: 'junk', why: 'Say in "least" the level you need, "AAL1" or "AAL2", or leave it out.' };
  return { kind: 'junk', why: 'Send exactly "v" (1), "act" and "nonce", and "least" where you need a level.' };
}
