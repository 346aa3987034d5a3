/** The site's policy file (JSON) comes in; a whole Policy goes out, or every fault in it at once, one sentence each. The README's settings table is made from the same list. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { defaultPolicy, type Policy, type UidWindow } from '../core/policy.ts';

const units = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;
type Unit = keyof typeof units;

/** `20 s`, `1.5 min`: a time always says its unit. */
export function inMillis(text: string): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(ms|s|min|h)$/.exec(text) ?? [];
  return number === undefined || unit === undefined ? null : Number(number) * units[unit as Unit];
}

/** The shortest way to write a time. */
export function inWords(millis: number): string {
  const unit = (['h', 'min', 's'] as const).find((u) => millis >= units[u] && millis % units[u] === 0) ?? 'ms';
  return `${millis / units[unit]} ${unit}`;
}

type Field<T> = { readonly schema: z.ZodType<T>; readonly type: string; readonly meaning: string };

const whole = (from: number, to: number, meaning: string): Field<number> => ({ schema: z.int().min(from).max(to), type: `a whole number from ${from} to ${to}`, meaning });

const timeSchema = (from: number, to: number): z.ZodType<number> =>
  z.string().transform((text, ctx) => {
    const millis = inMillis(text);
    if (millis !== null && millis >= from && millis <= to) return millis;
    ctx.addIssue({ code: 'custom' });
    return z.NEVER;
  });
const time = (from: number, to: number, meaning: string): Field<number> => ({ schema: timeSchema(from, to), type: `a time from ${inWords(from)} to ${inWords(to)}`, meaning });
const times = (most: number, from: number, to: number, meaning: string): Field<readonly number[]> => ({
  schema: z.array(timeSchema(from, to)).min(1).max(most).readonly(),
  type: `a list of 1 to ${most} times from ${inWords(from)} to ${inWords(to)}`,
  meaning,
});
const choice = <T extends string>(values: readonly T[], meaning: string): Field<T> => ({ schema: z.enum(values), type: `one of ${values.join(', ')}`, meaning });
const choices = <T extends string>(values: readonly T[], meaning: string): Field<readonly T[]> => ({
  schema: z.array(z.enum(values)).max(values.length).readonly(),
  type: `a list of ${values.join(', ')}, which may be empty`,
  meaning,
});
const filePath = (meaning: string): Field<string | null> => ({ schema: z.string().regex(/^(\/|[A-Za-z]:\\)[^\p{C}]{1,400}$/u).nullable(), type: 'null, or the whole path of a file', meaning });
const list = (most: number, pattern: RegExp, what: string, meaning: string): Field<readonly string[]> => ({
  schema: z.array(z.string().regex(pattern)).max(most).readonly(),
  type: `a list of at most ${most} ${what}`,
  meaning,
});
const text = (most: number, pattern: RegExp, what: string, meaning: string): Field<string> => ({
  schema: z.string().trim().min(1).max(most).regex(pattern),
  type: `1 to ${most} ${what}`,
  meaning,
});

/** `2027-03-31`: the moment that day ends, UTC; null: no such day. */
function endOfDay(day: string): number | null {
  const start = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== day ? null : start + 86_399_999;
}

const uidWindow: Field<UidWindow | null> = {
  schema: z
    .strictObject({
      owner: z.string().trim().min(1).max(80),
      until: z.string().transform((day, ctx) => {
        const end = endOfDay(day);
        if (end !== null) return end;
        ctx.addIssue({ code: 'custom' });
        return z.NEVER;
      }),
      lasts: timeSchema(60_000, 4 * 3_600_000),
    })
    .nullable(),
  type: 'null, or {"owner": who answers for it, "until": its last day as "2027-03-31", "lasts": a time from 1 min to 4 h}',
  meaning: 'The exception by which a badge that proves nothing opens by a tap alone, inside a window. Each such unlock stands in the ledger as reaching no AAL.',
};
const stepUpApps: Field<Policy['stepUpApps']> = {
  schema: z
    .array(z.strictObject({ program: z.string().regex(/^\/[^\p{C}]{1,400}$/u), name: z.string().trim().regex(/^[\p{L}\p{N}][\p{L}\p{N} .-]{0,31}$/u) }))
    .max(32)
    .readonly(),
  type: 'a list of at most 32 {"program": the whole path of its file, "name": what the screen calls it}',
  meaning: 'Applications that may ask the signed-in person to prove herself anew for one act.',
};
const provable = choices(['aes', 'piv', 'fido'], 'Grades whose tap alone suffices inside a window that a second factor began.');

const fields: { readonly [K in keyof Policy]: Field<Policy[K]> } = {
  pinLength: whole(6, 12, 'Digits of a station PIN. SP 800-63B-4 asks for 8 beside a badge that proves a key.'),
  leastGrade: choice(['uid', 'aes', 'piv', 'fido'], 'Badges of a lower grade open nothing here; `aes` asks for badges that prove themselves.'),
  windowGrades: provable,
  windowOverall: time(60_000, 86_400_000, 'From the second factor until it is asked for again (SP 800-63B-4 §2.2.3: at most 24 h).'),
  windowInactivity: time(60_000, 3_600_000, 'Without a sign of the person for this long, it is asked for again (same clause: at most 1 h).'),
  uidWindow,
  desfireAid: {
    // 000000 is the card itself.
    schema: z.string().regex(/^(?!0{6})[0-9a-f]{6}$/),
    type: '6 hexadecimal digits in lower case, not all 0',
    meaning: 'Application identifier of provable DESFire badges; the same wherever they are personalised.',
  },
  pivRoots: filePath('The file of root CAs that PIV cards must lead to, PEM or DER.'),
  pivIntermediates: filePath('The file of CAs between those roots and the cards.'),
  pivCrl: filePath('The file of revocations (CRL) that IT puts there; a card it names opens nothing.'),
  pivCrlGrace: time(0, 30 * 86_400_000, 'How long an overdue list of revocations still counts at a tap; then PIV cards open nothing. At enrolment none that is overdue counts.'),
  pivPins: choice(['off', 'on'], 'Whether a PIV card without a path to a root may be enrolled by its key alone.'),
  keyRoots: filePath('The file of attestation roots that security keys must come from; goes with `keyModels`.'),
  keyModels: list(64, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'AAGUIDs', 'The models of security keys that are taken; goes with `keyRoots`.'),
  stepUpApps,
  securityKeys: choice(['off', 'on'], 'Whether a security key, plugged in or built in, is another way to sign in (WebAuthn).'),
  keyPin: choice(['station', 'key'], 'The PIN beside a security key at the reader: the station’s, or the key’s own where it was enrolled with one. The key checks its own, and that alone is AAL2.'),
  inactivity: time(10_000, 3_600_000, 'Time without input until the station locks (45 CFR 164.312(a)(2)(iii); SP 800-63B-4 §2.2.3: at most 1 h).'),
  warning: time(5_000, 120_000, 'How long the screen warns before that lock.'),
  whoAfter: time(5_000, 3_600_000, 'Time without input after which a strip says who is signed in.'),
  takeOver: choice(['ask', 'switch'], 'A colleague’s tap while somebody’s work is open: ask first, or go straight to the PIN.'),
  sameBadgeAfter: time(200, 60_000, 'A badge counts again once it was away from the reader for this long.'),
  keepAfterOpen: time(1_000, 30_000, 'The owner’s tap within this time of opening keeps the station open.'),
  typingGuard: time(500, 30_000, 'The owner’s tap within this time of a key press keeps the station open.'),
  digitsWipedAfter: time(3_000, 60_000, 'Typed digits are forgotten after this long without a key.'),
  pinGivesUpAfter: time(5_000, 120_000, 'The PIN screen goes away after this long without a key.'),
  readingStopsAfter: time(2_000, 60_000, 'A card that is not read by then is called unreadable.'),
  triesBeforeWait: whole(1, 9, 'Wrong PINs until the first wait.'),
  waits: times(9, 1_000, 3_600_000, 'The waits that follow, one for each further wrong PIN; the last one repeats.'),
  blockAfter: whole(2, 10, 'Wrong PINs in a row until the PIN is blocked (SP 800-63B-4 §3.2.10: at most 10).'),
  readerLost: choice(['keep', 'lock'], 'The reader is unplugged while somebody’s work is open: keep it open, or lock.'),
  addBadge: choice(['off', 'demo'], 'Whether the screen adds an unknown badge as a demo person; `demo` exists only in evaluation.'),
  stationName: text(40, /^[^\p{C}]+$/u, 'characters', 'The station’s name on the screen; the computer’s own unless set.'),
  helpPhone: text(24, /^[\d +()/.-]+$/, 'characters of a telephone number', 'The number of the help desk on the screen.'),
  language: choice(['en', 'es'], 'The screen’s language until a badge says otherwise.'),
  theme: choice(['day', 'night', 'auto'], 'Light, dark, or dark from 20:00 to 7:00 and where the system asks for dark.'),
  nightSound: choice(['low', 'off'], 'Tones at night: softer, or none.'),
};

export type Setting = { readonly key: keyof Policy; readonly type: string; readonly default: string; readonly meaning: string };

/** Every setting in the order of Policy, for the README and for `--help`. */
export function settings(): readonly Setting[] {
  return keys().map((key) => ({ key, type: fields[key].type, default: written(key, defaultPolicy[key]), meaning: fields[key].meaning }));
}

export type PolicyOutcome =
  | { readonly kind: 'policy'; readonly policy: Policy }
  /** No file: the defaults hold. */
  | { readonly kind: 'absent'; readonly policy: Policy }
  | { readonly kind: 'refused'; readonly faults: readonly string[] };

/** What a station knows of itself before it reads the file. */
export type PolicySite = { readonly mode: 'evaluation' | 'installed'; readonly stationName: string; /** Before the file's own word. */ readonly defaults?: Partial<Policy> };

export function readPolicy(path: string, site: PolicySite): PolicyOutcome {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'absent', policy: { ...defaultPolicy, ...site.defaults, stationName: site.stationName } };
    return { kind: 'refused', faults: [`The policy file cannot be read (${code ?? 'unknown'}): give the agent’s account the right to read it.`] };
  }
  return parsePolicy(content, site);
}

/** A setting the file leaves out keeps its default. */
export function parsePolicy(content: string, site: PolicySite): PolicyOutcome {
  let file: unknown;
  try {
    file = JSON.parse(content);
  } catch (e) {
    return { kind: 'refused', faults: [`The policy file is not JSON: ${(e as Error).message}.`] };
  }
  const object = z.record(z.string(), z.unknown()).safeParse(file);
  if (!object.success) return { kind: 'refused', faults: ['The policy file must be one JSON object of settings.'] };
  const faults: string[] = [];
  const given: Partial<Record<keyof Policy, unknown>> = {};
  for (const [key, value] of Object.entries(object.data)) {
    if (!isKey(key)) {
      faults.push(`"${key}" is not a setting: take it out${nearest(key)}.`);
      continue;
    }
    const parsed = fields[key].schema.safeParse(value);
    if (parsed.success) given[key] = parsed.data;
    else faults.push(`"${key}" must be ${fields[key].type}${typeof value === 'number' && fields[key].type.includes('time') ? ', with its unit: "20 s"' : ''}.`);
  }
  const policy: Policy = { ...defaultPolicy, ...site.defaults, stationName: site.stationName, ...(given as Partial<Policy>) };
  faults.push(...contradictions(policy, site));
  return faults.length === 0 ? { kind: 'policy', policy } : { kind: 'refused', faults };
}

/** Settings that are each allowed and together make no sense. */
function contradictions(policy: Policy, { mode }: PolicySite): readonly string[] {
  const { warning, inactivity, digitsWipedAfter, pinGivesUpAfter, triesBeforeWait, blockAfter, waits, addBadge, keyRoots, keyModels } = policy;
  return [
    warning >= inactivity && `"warning" (${inWords(warning)}) must be shorter than "inactivity" (${inWords(inactivity)}).`,
    digitsWipedAfter > pinGivesUpAfter && `"digitsWipedAfter" (${inWords(digitsWipedAfter)}) must not be longer than "pinGivesUpAfter" (${inWords(pinGivesUpAfter)}).`,
    triesBeforeWait >= blockAfter && `"triesBeforeWait" (${triesBeforeWait}) must be smaller than "blockAfter" (${blockAfter}).`,
    waits.some((wait, i) => wait < (waits[i - 1] ?? 0)) && '"waits" must not become shorter from one to the next.',
    (keyRoots === null) !== (keyModels.length === 0) && '"keyRoots" and "keyModels" go together: models without roots could be claimed by anybody, roots without models would take any.',
    addBadge === 'demo' && mode === 'installed' && '"addBadge" must be off on an installed station: demo people exist only in evaluation.',
  ].filter((fault) => fault !== false);
}

const keys = (): readonly (keyof Policy)[] => Object.keys(fields) as (keyof Policy)[];
const isKey = (key: string): key is keyof Policy => Object.hasOwn(fields, key);

function nearest(key: string): string {
  const like = keys().find((k) => k.toLowerCase() === key.toLowerCase().replace(/[^a-z]/g, ''));
  return like === undefined ? '' : `, or write "${like}"`;
}

function written(key: keyof Policy, value: Policy[keyof Policy]): string {
  const one = (v: string | number): string => (typeof v === 'number' && fields[key].type.includes('time') ? `"${inWords(v)}"` : JSON.stringify(v));
  return Array.isArray(value) ? `[${value.map(one).join(', ')}]` : one(value as string | number);
}
