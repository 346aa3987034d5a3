/** The text of a PAM service's file comes in; the same text with Tapward's two lines, or without them, goes out, or one sentence on why it is left alone. Everything else in it stays as it was, byte for byte. */

/** `text`: one character for each byte. */
export type Stacked = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'refused'; readonly why: string };
/** How a service stands to Tapward: `byHand`: somebody wrote the module's name there. */
export type Standing = 'off' | 'on' | 'byHand';

/** What `/etc/pam.d/tapward` has of each kind is taken from there. */
const ours = { auth: 'auth      include   tapward', session: 'session   include   tapward' } as const;
const shared = /^(common-auth|system-auth|password-auth|system-login|system-local-login|login)$/;
const askingModules = /^pam_(unix|sss|krb5|winbind|ldap|systemd_home)\.so$/;
const sharedSessions = /^(common-session|system-auth|password-auth|system-login|system-local-login|login)$/;

/** One line as PAM reads it, which may be several of the file: `from` to `to`, that one not included. */
type Line = { readonly from: number; readonly to: number; readonly said: Said };
type Said =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown' }
  /** Of another file: all kinds of lines. */
  | { readonly kind: 'all'; readonly file: string }
  | { readonly kind: 'rule'; readonly type: string; readonly control: string; readonly module: string };

const rule = /^-?(auth|account|password|session)\s+(\[(?:\\.|[^\]\\])*\]|\S+)\s+(\S+)/i;

function say(words: string): Said {
  if (words === '') return { kind: 'nothing' };
  const included = /^@include\s+(\S+)$/.exec(words);
  if (included !== null) return { kind: 'all', file: included[1] ?? '' };
  const [, type, control, module] = rule.exec(words) ?? [];
  if (type === undefined || control === undefined || module === undefined) return { kind: 'unknown' };
  return { kind: 'rule', type: type.toLowerCase(), control: control.toLowerCase(), module: module.split('/').at(-1) ?? '' };
}

/** pam.conf(5): a comment runs to the end of its line; a backslash at the end goes on in the next. */
function read(text: string): readonly Line[] {
  const lines: Line[] = [];
  let from = 0;
  let words = '';
  for (const [n, line] of text.split('\n').entries()) {
    const comment = line.indexOf('#');
    const here = (comment < 0 ? line : line.slice(0, comment)).trim();
    const goesOn = comment < 0 && here.endsWith('\\');
    words = `${words} ${goesOn ? here.slice(0, -1) : here}`.trim();
    if (goesOn) continue;
    lines.push({ from, to: n + 1, said: say(words) });
    from = n + 1;
    words = '';
  }
  if (from < text.split('\n').length) lines.push({ from, to: text.split('\n').length, said: { kind: 'unknown' } });
  return lines;
}

const includes = ({ said }: Line): boolean =>
  (said.kind === 'all' && said.file === 'tapward') || (said.kind === 'rule' && /^(include|substack)$/.test(said.control) && said.module === 'tapward');
const namesModule = ({ said }: Line): boolean => said.kind === 'rule' && said.module === 'pam_tapward.so';

export function standingOf(text: string): Standing {
  const lines = read(text);
  if (lines.some(namesModule)) return 'byHand';
  return lines.some(includes) ? 'on' : 'off';
}

/** Without any line of ours, or of somebody's that names the module. Never refused: what cannot be understood stays. */
export function disabled(text: string): string {
  const gone = new Set(
    read(text)
      .filter((line) => includes(line) || namesModule(line))
      .flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)),
  );
  return text
    .split('\n')
    .filter((_, n) => !gone.has(n))
    .join('\n');
}

/** With our line before whatever asks for the password, and after the system's own session where there is one. Twice is the same as once. */
export function enabled(text: string): Stacked {
  if (standingOf(text) === 'byHand') return refused('It names pam_tapward.so already, by hand: run `tapward pam disable` for it first.');
  const plain = disabled(text);
  const lines = read(plain);
  const strange = lines.find(({ said }) => said.kind === 'unknown');
  if (strange !== undefined) return refused(`Its line ${strange.from + 1} cannot be understood: mend it, or add the lines of /usr/share/doc/tapward/pam by hand.`);
  if (/#[^\n]*\\\s*(\n|$)/.test(plain)) return refused('One of its comments ends in a backslash, which systems read differently: take the backslash out.');
  const asks = lines.findIndex(asksForPassword);
  if (asks < 0) return refused('Nothing in it asks for a password, so there is no place for a tap: name the service of a display manager or of a locker.');
  const skipped = lines.slice(asks).find(mustSucceed);
  if (skipped !== undefined)
    return refused(`Its line ${skipped.from + 1} must succeed after the password, and a tap would skip it: move it before the password if it is to count for taps.`);
  if (jumpsOver(lines.slice(0, asks), 'auth'))
    return refused('A line before the password counts the lines that it skips, and one more would change where it ends: add the line of /usr/share/doc/tapward/pam by hand.');
  const begins = lines.findLastIndex(beginsSession);
  if (begins >= 0 && jumpsOver(lines.slice(0, begins + 1), 'session'))
    return refused('A session line counts the lines that it skips, and one more would change where it ends: add the line of /usr/share/doc/tapward/pam by hand.');
  const all = plain.split('\n');
  // From the end, so that the other place stays where it is.
  if (begins >= 0) all.splice(lines[begins]?.to ?? 0, 0, ours.session);
  all.splice(lines[asks]?.from ?? 0, 0, ours.auth);
  return { kind: 'text', text: all.join('\n') };
}

const asksForPassword = ({ said }: Line): boolean =>
  (said.kind === 'all' && shared.test(said.file)) ||
  (said.kind === 'rule' && said.type === 'auth' && (askingModules.test(said.module) || (/^(include|substack)$/.test(said.control) && shared.test(said.module))));

/** What follows the password and can still keep somebody out: a second factor, a list of accounts. */
const mustSucceed = (line: Line): boolean =>
  line.said.kind === 'rule' &&
  line.said.type === 'auth' &&
  !asksForPassword(line) &&
  !/^pam_(deny|permit)\.so$/.test(line.said.module) &&
  !/^(optional|sufficient)$/.test(line.said.control) &&
  !(line.said.control === 'include' && line.said.module === 'postlogin');

const beginsSession = ({ said }: Line): boolean =>
  (said.kind === 'all' && sharedSessions.test(said.file)) ||
  (said.kind === 'rule' && said.type === 'session' && (said.module === 'pam_systemd.so' || (/^(include|substack)$/.test(said.control) && sharedSessions.test(said.module))));

/** Whether a number among the controls of these lines might skip past their end. What an included file holds is not counted, so that any number before one might. */
function jumpsOver(lines: readonly Line[], type: string): boolean {
  const said = lines.map((line) => line.said).filter((one) => one.kind === 'all' || (one.kind === 'rule' && one.type === type));
  return said.some((one, at) => {
    if (one.kind !== 'rule') return false;
    const most = Math.max(0, ...[...one.control.matchAll(/=\s*(\d+)/g)].map(([, n]) => Number(n)));
    const rest = said.slice(at + 1);
    const counts = rest.slice(0, most).every((next) => next.kind === 'rule' && !/^(include|substack)$/.test(next.control));
    return most > 0 && (most > rest.length || !counts);
  });
}

const refused = (why: string): Stacked => ({ kind: 'refused', why });
