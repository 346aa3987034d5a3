/** The bytes of a D-Bus body and its signature come in; the values go out, or null for anything the specification does not allow. Pure, and bounded whatever the bytes say. */

/** A struct is an array of its fields, an array of dict entries a Map, a variant its value alone. 64-bit numbers are bigint. */
export type Value = string | number | bigint | boolean | readonly Value[] | ReadonlyMap<Value, Value>;

/** The specification allows 32 of each kind, and bodies of 128 MiB; logind needs a little of that. */
const deepest = 16;
const longestArray = 65_536;
const longestSignature = 255;
/** Values in one body: what an array of empty strings costs is counted, not only its bytes. */
const mostValues = 16_384;

/** One complete type at `at`: where the next begins; -1: none stands there. */
function endOfType(signature: string, at: number, depth = 0): number {
  const type = signature[at];
  if (type === undefined || depth > deepest) return -1;
  if ('ybnqiuxtdsogvh'.includes(type)) return at + 1;
  if (type === 'a') {
    if (signature[at + 1] !== '{') return endOfType(signature, at + 1, depth + 1);
    const key = signature[at + 2] ?? '';
    const end = 'ybnqiuxtdsogh'.includes(key) && key !== '' ? endOfType(signature, at + 3, depth + 1) : -1;
    return end !== -1 && signature[end] === '}' ? end + 1 : -1;
  }
  if (type !== '(' || signature[at + 1] === ')') return -1;
  let next = at + 1;
  while (signature[next] !== ')') {
    next = endOfType(signature, next, depth + 1);
    if (next === -1) return -1;
  }
  return next + 1;
}

/** The complete types of a signature, one by one; null: it is none. */
export function typesOf(signature: string): readonly string[] | null {
  if (signature.length > longestSignature) return null;
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at);
    if (end === -1) return null;
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

class Malformed extends Error {}
const text = new TextDecoder('utf-8', { fatal: true });
const alignments: Readonly<Record<string, number>> = { y: 1, g: 1, v: 1, n: 2, q: 2, b: 4, i: 4, u: 4, s: 4, o: 4, a: 4, h: 4, x: 8, t: 8, d: 8, '(': 8, '{': 8 };

class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #little: boolean;
  #at = 0;
  #left = mostValues;

  constructor(bytes: Uint8Array, isLittle: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = isLittle;
  }
  get at(): number {
    return this.#at;
  }
  /** Padding is zero, by the specification. */
  align(to: number): void {
    const next = Math.ceil(this.#at / to) * to;
    while (this.#at < next) if (this.#byte() !== 0) throw new Malformed();
  }
  #byte(): number {
    const [byte] = this.#span(1);
    return byte as number;
  }
  #span(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new Malformed();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  #uint32(): number {
    this.align(4);
    const at = this.#at;
    this.#span(4);
    return this.#view.getUint32(at, this.#little);
  }
  #text(length: number): string {
    const bytes = this.#span(length);
    if (bytes.includes(0) || this.#byte() !== 0) throw new Malformed();
    return text.decode(bytes);
  }
  /** `type`: one complete type that `typesOf` has taken. */
  value(type: string, depth = 0): Value {
    if (depth > deepest || --this.#left < 0) throw new Malformed();
    const first = type[0] ?? '';
    this.align(alignments[first] ?? 1);
    const at = this.#at;
    const number = (length: number): DataView => {
      this.#span(length);
      return this.#view;
    };
    switch (first) {
      case 'y':
        return this.#byte();
      case 'n':
        return number(2).getInt16(at, this.#little);
      case 'q':
        return number(2).getUint16(at, this.#little);
      case 'i':
        return number(4).getInt32(at, this.#little);
      case 'u':
      case 'h':
        return this.#uint32();
      case 'x':
        return number(8).getBigInt64(at, this.#little);
      case 't':
        return number(8).getBigUint64(at, this.#little);
      case 'd':
        return number(8).getFloat64(at, this.#little);
      case 's':
      case 'o':
        return this.#text(this.#uint32());
      case 'g':
        return this.#text(this.#byte());
      case 'b': {
        const bit = this.#uint32();
        if (bit > 1) throw new Malformed();
        return bit === 1;
      }
      case 'v':
        return this.#variant(depth);
      case '(':
        return (typesOf(type.slice(1, -1)) ?? []).map((field) => this.value(field, depth + 1));
      default:
        return this.#array(type.slice(1), depth);
    }
  }
  #variant(depth: number): Value {
    const types = typesOf(this.#text(this.#byte()));
    const [type] = types ?? [];
    if (type === undefined || types?.length !== 1) throw new Malformed();
    return this.value(type, depth + 1);
  }
  #array(element: string, depth: number): Value {
    const length = this.#uint32();
    if (length > longestArray) throw new Malformed();
    this.align(alignments[element[0] ?? ''] ?? 1);
    const end = this.#at + length;
    const list: Value[] = [];
    const entries = new Map<Value, Value>();
    while (this.#at < end) {
      if (element.startsWith('{')) {
        this.align(8);
        const key = this.value(element[1] ?? '', depth + 1);
        entries.set(key, this.value(element.slice(2, -1), depth + 1));
      } else list.push(this.value(element, depth + 1));
    }
    if (this.#at !== end) throw new Malformed();
    return element.startsWith('{') ? entries : list;
  }
}

/** Every value of a body that is used up to its last byte; null: malformed, or larger than anything logind says. */
export function unmarshal(signature: string, body: Uint8Array, isLittle: boolean): readonly Value[] | null {
  const read = unmarshalPart(signature, body, isLittle);
  return read !== null && read.length === body.length ? read.values : null;
}

/** The same for a part that others follow; `length`: how much of it was used. */
export function unmarshalPart(signature: string, bytes: Uint8Array, isLittle: boolean): { readonly values: readonly Value[]; readonly length: number } | null {
  const types = typesOf(signature);
  if (types === null) return null;
  const reader = new Reader(bytes, isLittle);
  try {
    const values = types.map((type) => reader.value(type));
    return { values, length: reader.at };
  } catch (why) {
    if (why instanceof Malformed || why instanceof TypeError || why instanceof RangeError) return null;
    throw why;
  }
}
