/** A signature and JavaScript values come in, the bytes of a D-Bus body go out (D-Bus specification, “Marshaling”), little-endian; only the types a client of logind sends. */
export type Sent = string | number | boolean;

/** Grows as it is written to; every value aligned to its own size, counted from the start. */
export class Writer {
  #bytes = Buffer.alloc(256);
  #at = 0;

  align(to: number): void {
    const next = Math.ceil(this.#at / to) * to;
    this.#room(next - this.#at);
    this.#bytes.fill(0, this.#at, next);
    this.#at = next;
  }
  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }
  uint32(value: number): void {
    this.align(4);
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }
  /** `s` and `o`: length, UTF-8, a zero byte. */
  string(value: string): void {
    const text = Buffer.from(value, 'utf8');
    if (text.includes(0)) throw new Error('A D-Bus string holds no zero byte.');
    this.uint32(text.length);
    this.raw(text);
    this.byte(0);
  }
  /** `g`: its length is one byte. */
  signature(value: string): void {
    this.byte(value.length);
    this.raw(Buffer.from(value, 'latin1'));
    this.byte(0);
  }
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
  /** The length of an array is known once it is written. */
  patch(at: number, value: number): void {
    this.#bytes.writeUInt32LE(value, at);
  }
  get length(): number {
    return this.#at;
  }
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }
  #room(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const wider = Buffer.alloc(Math.max(this.#at + more, 2 * this.#bytes.length));
    wider.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = wider;
  }
}

/** `signature`: a row of `s`, `o`, `g`, `u`, `b`, one for each value. Throws for anything else: it is ours. */
export function marshal(signature: string, values: readonly Sent[]): Buffer {
  const writer = new Writer();
  if (signature.length !== values.length) throw new Error(`"${signature}" does not fit ${values.length} values.`);
  for (const [i, value] of values.entries()) {
    const type = signature[i];
    if ((type === 's' || type === 'o') && typeof value === 'string') writer.string(value);
    else if (type === 'g' && typeof value === 'string') writer.signature(value);
    else if (type === 'u' && typeof value === 'number') writer.uint32(value);
    else if (type === 'b' && typeof value === 'boolean') writer.uint32(value ? 1 : 0);
    else throw new Error(`"${type ?? ''}" is not sent with a ${typeof value}.`);
  }
  return writer.take();
}
