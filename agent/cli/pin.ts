/** A terminal and a length come in; a PIN that is not easy to guess goes out, typed twice by a person or sent once by a program, as digits in memory that the caller's request overwrites. */
import { judgePin } from '../../core/pin-rules.ts';
import { refusalSentence } from '../enrolment.ts';
import { type Answer, sorry } from './answer.ts';
import type { Terminal } from './terminal.ts';

const rounds = 3;
const missing = 'The PIN is missing: send it on standard input, one line of digits.';

/** null: a person cannot be asked and nothing was said of standard input. */
export const noTerminal = (terminal: Terminal, fromInput: boolean | undefined, lines: string): Answer | null =>
  terminal.isPerson || fromInput === true ? null : sorry({ because: 'wrong', why: `Standard input is no terminal: run the command in one, or add --pin-stdin and send ${lines}.` });

export async function askPin(terminal: Terminal, pinLength: number): Promise<Uint8Array | Answer> {
  for (let round = 1; ; round++) {
    const typed = await askOnce(terminal, pinLength);
    if (typed instanceof Uint8Array || !terminal.isPerson || round === rounds || typed.json === gone) return typed;
    for (const line of typed.text) terminal.say(line);
  }
}

/** The PIN a security key has already: asked once, and judged by the key. */
export async function askKeyPin(terminal: Terminal): Promise<Uint8Array | Answer> {
  const pin = await terminal.digits('The key’s own PIN: ');
  if (pin === null) return { code: 2, text: [missing], json: gone };
  return pin === 'notDigits' || pin.length === 0 ? sorry({ because: 'wrong', why: 'The screen takes digits only: give the key a PIN of digits with its own tool first.' }) : pin;
}

/** Marks the end of standard input, after which asking again is no use. */
const gone = { kind: 'refused', because: 'wrong', why: missing } as const;

async function askOnce(terminal: Terminal, pinLength: number): Promise<Uint8Array | Answer> {
  const wrong = (why: string): Answer => sorry({ because: 'wrong', why });
  const pin = await terminal.digits(`PIN, ${pinLength} digits: `);
  if (pin === null) return { code: 2, text: [missing], json: gone };
  if (pin === 'notDigits') return wrong('A PIN is digits and nothing else: choose one.');
  const opinion = judgePin(pin, pinLength);
  if (opinion.kind !== 'good') {
    pin.fill(0);
    return opinion.kind === 'length'
      ? wrong(refusalSentence({ kind: 'pinLength', expected: opinion.expected }))
      : sorry({ because: 'refused', why: refusalSentence({ kind: 'guessable', why: opinion.why }) });
  }
  if (!terminal.isPerson) return pin;
  const again = await terminal.digits('The same again: ');
  const isSame = again instanceof Uint8Array && again.length === pin.length && again.every((digit, i) => digit === pin[i]);
  if (again instanceof Uint8Array) again.fill(0);
  if (isSame) return pin;
  pin.fill(0);
  return wrong('The two were not the same: choose a PIN again.');
}
