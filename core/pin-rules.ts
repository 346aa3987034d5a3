/** The digits of a PIN somebody wants come in; null, or the rule that makes it guessable, goes out. SP 800-63B-4 §3.1.1.2 and §3.2.10: compare with a list of commonly used secrets. */
export type PinFault =
  /** Nothing but one group over and over: 111111, 121212, 123123. */
  | 'repeat'
  /** Counting up or down by a fixed step: 123456, 987654, 024680. */
  | 'run'
  /** Few different digits, in pairs or blocks: 112233, 111222, 100000. */
  | 'pairs'
  /** A year or a date: 199007, 311299, 241290. */
  | 'date'
  /** A line, a corner or a walk over neighbouring keys: 147258, 159753, 258025. */
  | 'keypad'
  /** Reads the same from behind: 123321. */
  | 'mirror'
  /** Chosen by so many that it is tried first. */
  | 'common';

export type PinOpinion =
  | { readonly kind: 'good' }
  /** `expected`: how many digits the policy asks. */
  | { readonly kind: 'length'; readonly expected: number }
  | { readonly kind: 'guessable'; readonly why: PinFault };

/** `digits`: values 0–9, one a byte; nothing is kept or copied out of them. Every byte that is no digit makes it a wrong length. */
export function judgePin(digits: Uint8Array, expected: number): PinOpinion {
  if (digits.length !== expected || digits.some((d) => d > 9)) return { kind: 'length', expected };
  const fault = faults.find(([, applies]) => applies(digits));
  return fault === undefined ? { kind: 'good' } : { kind: 'guessable', why: fault[0] };
}

type Rule = (d: Uint8Array) => boolean;
const at = (d: Uint8Array, i: number): number => d[i] ?? 0;
/** The number that `length` digits from `from` say. */
const value = (d: Uint8Array, from: number, length: number): number => {
  let n = 0;
  for (let i = from; i < from + length; i++) n = n * 10 + at(d, i);
  return n;
};

const repeats: Rule = (d) => {
  for (let size = 1; size <= d.length / 2; size++) {
    if (d.length % size === 0 && d.every((x, i) => x === at(d, i % size))) return true;
  }
  return false;
};

/** Counting by one fixed step through `count` digits from `from`, every `stride`th. It wraps at ten, so that 789012 is a run too. Nothing is copied: a copy could not be overwritten. */
const counts = (d: Uint8Array, from: number, stride: number, count: number, steps: readonly number[] | null): boolean => {
  const step = (at(d, from + stride) - at(d, from) + 10) % 10;
  for (let i = 1; i < count; i++) if ((at(d, from + i * stride) - at(d, from + (i - 1) * stride) + 10) % 10 !== step) return false;
  return steps === null || steps.includes(step);
};
const runs: Rule = (d) => counts(d, 0, 1, d.length, null);

/** Two counted halves (123789, 456123), or two runs taken in turn (192837). */
const halfRuns: Rule = (d) => {
  const half = d.length / 2;
  if (d.length % 2 !== 0 || half < 3) return false;
  const small = [0, 1, 9];
  return (counts(d, 0, 1, half, small) && counts(d, half, 1, half, small)) || (counts(d, 0, 2, half, small) && counts(d, 1, 2, half, small));
};

const pairs: Rule = (d) => {
  let blocks = 1;
  let most = 0;
  for (let i = 1; i < d.length; i++) if (at(d, i) !== at(d, i - 1)) blocks++;
  for (let x = 0; x <= 9; x++)
    most = Math.max(
      most,
      d.reduce((n, y) => (y === x ? n + 1 : n), 0),
    );
  return blocks <= Math.floor(d.length / 2) || most >= d.length - 1;
};

const mirror: Rule = (d) => d.every((x, i) => x === at(d, d.length - 1 - i));

const isDay = (n: number): boolean => n >= 1 && n <= 31;
const isMonth = (n: number): boolean => n >= 1 && n <= 12;
const isYear = (n: number): boolean => n >= 1930 && n <= 2039;
/** Day and month in either order. */
const isDayMonth = (d: Uint8Array, i: number): boolean => {
  const [a, b] = [value(d, i, 2), value(d, i + 2, 2)];
  return (isDay(a) && isMonth(b)) || (isMonth(a) && isDay(b));
};

/** Six digits: ddmmyy, mmddyy, yymmdd, or a year beside a month; eight: the same with a whole year. Longer PINs: a whole year and a day and month anywhere. */
const dates: Rule = (d) => {
  if (d.length === 6) {
    if (isDayMonth(d, 0) || isDayMonth(d, 2)) return true;
    return (isYear(value(d, 0, 4)) && isMonth(value(d, 4, 2))) || (isMonth(value(d, 0, 2)) && isYear(value(d, 2, 4)));
  }
  for (let i = 0; i + 8 <= d.length; i++) {
    if ((isYear(value(d, i, 4)) && isDayMonth(d, i + 4)) || (isDayMonth(d, i) && isYear(value(d, i + 4, 4)))) return true;
  }
  if (d.length === 8) return isYear(value(d, 0, 4)) && isYear(value(d, 4, 4));
  return false;
};

/** Telephone layout: column and row of each digit, 0 under 8. */
const column = (x: number): number => (x === 0 ? 1 : (x - 1) % 3);
const row = (x: number): number => (x === 0 ? 3 : Math.floor((x - 1) / 3));

/** A walk in which every step goes to a neighbouring key or stays, or lines of three keys after each other (147369, 159357). */
const keypad: Rule = (d) => {
  const near = (a: number, b: number): boolean => Math.max(Math.abs(column(a) - column(b)), Math.abs(row(a) - row(b))) <= 1;
  const straight = (a: number, b: number): boolean => Math.abs(column(a) - column(b)) + Math.abs(row(a) - row(b)) <= 1;
  if (d.every((x, i) => i === 0 || straight(at(d, i - 1), x))) return true;
  if (d.length % 3 !== 0) return false;
  for (let i = 0; i < d.length; i += 3) {
    const [a, b, c] = [at(d, i), at(d, i + 1), at(d, i + 2)];
    const line = near(a, b) && a !== b && column(b) - column(a) === column(c) - column(b) && row(b) - row(a) === row(c) - row(b);
    if (!line) return false;
  }
  return true;
};

/** Those no rule above names, from the heads of published lists of six- and eight-digit PINs. */
const commonPins: readonly string[] = [
  '696969',
  '131313',
  '520520',
  '101010',
  '123654',
  '654123',
  '159753',
  '789456',
  '147852',
  '258456',
  '321654',
  '142536',
  '251436',
  '007007',
  '112358',
  '314159',
  '271828',
  '102030',
  '010203',
  '123698',
  '789632',
  '135246',
  '520131',
  '147896',
  '963741',
  '753951',
  '852456',
  '246810',
  '12344321',
  '11223344',
  '13572468',
  '31415926',
  '27182818',
  '14785236',
  '15975382',
  '87654312',
];
const common: Rule = (d) => commonPins.some((pin) => pin.length === d.length && d.every((x, i) => x === pin.charCodeAt(i) - 0x30));

const faults: readonly (readonly [PinFault, Rule])[] = [
  ['repeat', repeats],
  ['pairs', pairs],
  ['run', (d) => runs(d) || halfRuns(d)],
  ['mirror', mirror],
  ['date', dates],
  ['keypad', keypad],
  ['common', common],
];
