/** One line of a PAM module or a locker comes in; what it asks for, or that it is none of ours, goes out. */

/** In bytes, its newline included; as in native/linux/link.h. */
export const longestRequest = 512;

export type Request = {
  /** `AUTH`: redeem a grant for me. `TAPPED`: the same, from a prompt at which she was asked to tap. `OPENED`: a session began without one. `WATCH`: wake me at each grant that I could redeem. */
  readonly verb: 'AUTH' | 'TAPPED' | 'OPENED' | 'WATCH';
  readonly account: string;
  /** PAM_SERVICE, PAM_TTY, XDG_SEAT and XDG_SESSION_ID as that program says; '' where it says none. */
  readonly service: string;
  readonly tty: string;
  readonly seat: string;
  readonly session: string;
};

const word = '((?:[A-Za-z0-9_.@:/+-]|%[0-9A-F]{2}){1,300})';
const shape = new RegExp(`^TAPWARD 1 (AUTH|TAPPED|OPENED|WATCH)${` ${word}`.repeat(5)}$`);

/** Without its newline. Never throws; null for anything that is not exactly a request with somebody in it. */
export function readRequest(line: Uint8Array): Request | null {
  const [, verb, ...words] = shape.exec(Buffer.from(line).toString('latin1')) ?? [];
  if (verb === undefined) return null;
  const [account, service, tty, seat, session] = words.map(unescaped);
  // An account's name may be in any alphabet; one with control characters is nobody's.
  if (account == null || service == null || tty == null || seat == null || session == null || account === '') return null;
  return { verb: verb as Request['verb'], account, service, tty, seat, session };
}

/** `-` alone is an empty word. null: no UTF-8, or characters that no name has. */
function unescaped(text: string): string | null {
  if (text === '-') return '';
  try {
    const plain = decodeURIComponent(text);
    return /\p{C}/u.test(plain) ? null : plain;
  } catch {
    return null;
  }
}
