/** What agent and session helper say to each other over the local door, as text: one JSON object a line. Nothing that comes in is trusted: it is rebuilt field by field, or it is nothing. */

/** When hook files run. `switch` parks a person's work because another's opens; `lock` because she left. */
export const hookEvents = ['open', 'switch', 'lock', 'sign-out', 'emergency', 'warn'] as const;
export type HookEvent = (typeof hookEvents)[number];

/** Stands for one person's work in the shared session; says nothing about who she is. 16 to 64 of these: 0-9 a-f. */
export type ContextId = string;

export type ToHelper =
  /** Run the hooks of `event`, one after another, for at most `within` milliseconds together; answered by one `ran`. */
  | { readonly kind: 'run'; readonly id: number; readonly event: HookEvent; readonly context: ContextId; readonly within: number }
  /** Which program file does this process of your account run? Answered by one `program`: the agent, another account, may not look. */
  | { readonly kind: 'program'; readonly id: number; readonly pid: number }
  /** What this number runs is no longer wanted: end it. */
  | { readonly kind: 'stop'; readonly id: number };

export type FromHelper =
  /** The first line. `session`: as long as it is the same, so is the desktop. `shown`: whose work may still be seen there; null: nobody's. */
  | { readonly kind: 'hello'; readonly session: string; readonly shown: ContextId | null }
  /** `hook`: the name of the file that failed, was refused or was late. */
  | { readonly kind: 'ran'; readonly id: number; readonly how: RanHow; readonly hook: string | null }
  /** Its whole path; null: it cannot be seen, or its path is none that a policy would name. */
  | { readonly kind: 'program'; readonly id: number; readonly path: string | null }
  /** Somebody used keyboard or pointer since the last time this was said. */
  | { readonly kind: 'input'; readonly how: 'key' | 'pointer' }
  /** Once a second: it lives. */
  | { readonly kind: 'beat' };
/** `refused`: a hook file or its folder is not root's alone, or is not there. */
export const ranHows = ['done', 'failed', 'late', 'refused'] as const;
export type RanHow = (typeof ranHows)[number];

/** The longest line either side takes, in bytes; a longer one ends the connection. */
export const longestHelperLine = 1024;
/** The longest time hooks may be given, in milliseconds. */
export const longestHookTime = 60_000;

type Fields = Readonly<Record<string, unknown>>;
const isId = (said: unknown): said is number => typeof said === 'number' && Number.isInteger(said) && said >= 0 && said <= Number.MAX_SAFE_INTEGER;
/** Whether this may name a context, and with it a folder. */
export const isContextId = (said: unknown): said is ContextId => typeof said === 'string' && /^[0-9a-f]{16,64}$/.test(said);
const oneOf = <T extends string>(names: readonly T[], said: unknown): T | null => names.find((name) => name === said) ?? null;

/** One line, its end included. */
export const helperLine = (message: ToHelper | FromHelper): string => `${JSON.stringify(message)}\n`;

/** The message of one line, or null for anything that is not exactly one. */
export function readToHelper(line: string): ToHelper | null {
  const said = fieldsOf(line);
  if (said === null || !isId(said['id'])) return null;
  const { id } = said as { readonly id: number };
  if (said['kind'] === 'stop') return hasOnly(said, 2) ? { kind: 'stop', id } : null;
  const { pid } = said;
  if (said['kind'] === 'program') return isId(pid) && pid > 0 && hasOnly(said, 3) ? { kind: 'program', id, pid } : null;
  const event = oneOf(hookEvents, said['event']);
  const { context, within } = said;
  if (said['kind'] !== 'run' || event === null || !isContextId(context) || !hasOnly(said, 5)) return null;
  return isId(within) && within > 0 && within <= longestHookTime ? { kind: 'run', id, event, context, within } : null;
}

/** The message of one line, or null for anything that is not exactly one. */
export function readFromHelper(line: string): FromHelper | null {
  const said = fieldsOf(line);
  switch (said?.['kind']) {
    case 'beat':
      return hasOnly(said, 1) ? { kind: 'beat' } : null;
    case 'input': {
      const how = oneOf(['key', 'pointer'], said['how']);
      return how === null || !hasOnly(said, 2) ? null : { kind: 'input', how };
    }
    case 'hello': {
      const { session, shown } = said;
      const fits = typeof session === 'string' && /^[0-9a-f]{32}$/.test(session) && (shown === null || isContextId(shown)) && hasOnly(said, 3);
      return fits ? { kind: 'hello', session, shown } : null;
    }
    case 'ran': {
      const { id, hook } = said;
      const how = oneOf(ranHows, said['how']);
      const fits = isId(id) && how !== null && (hook === null || isHookName(hook)) && hasOnly(said, 4);
      return fits ? { kind: 'ran', id, how, hook } : null;
    }
    case 'program': {
      const { id, path } = said;
      return isId(id) && (path === null || isProgramPath(path)) && hasOnly(said, 3) ? { kind: 'program', id, path } : null;
    }
    default:
      return null;
  }
}

/** A whole path of printable ASCII that fits in a line. */
export const isProgramPath = (said: unknown): said is string => typeof said === 'string' && /^\/[\x20-\x7e]{1,400}$/.test(said);

/** Two digits, by which hooks are ordered, and a name. */
export const isHookName = (said: unknown): said is string => typeof said === 'string' && /^\d\d-[a-z0-9-]{1,40}$/.test(said);

const hasOnly = (said: Fields, count: number): boolean => Object.keys(said).length === count;

function fieldsOf(line: string): Fields | null {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null && !Array.isArray(said) ? (said as Fields) : null;
  } catch {
    return null;
  }
}

/** Takes text as it comes and hands out whole lines without their ends; `false`: a line is longer than `longestHelperLine`, and nothing more is taken. */
export function helperLines(hear: (line: string) => void): (chunk: Uint8Array) => boolean {
  const held = new Uint8Array(longestHelperLine);
  let filled = 0;
  let broken = false;
  return (chunk) => {
    for (let from = 0; from < chunk.length && !broken; ) {
      const end = chunk.indexOf(0x0a, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      broken = filled + part.length > longestHelperLine;
      if (broken) break;
      held.set(part, filled);
      filled += part.length;
      if (end < 0) break;
      from = end + 1;
      // Every message is ASCII: other bytes become letters that no message has.
      hear(String.fromCharCode(...held.subarray(0, filled)));
      filled = 0;
    }
    return !broken;
  };
}
