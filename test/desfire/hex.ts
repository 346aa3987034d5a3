/** Hexadecimal text comes in, bytes go out, and back; and a source of random numbers that gives what it was told. */

export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

/** Each call takes the next; a call too many or of another length is a mistake of the test's. */
export function scripted(...numbers: readonly string[]): (length: number) => Buffer {
  const left = numbers.map(hex);
  return (length) => {
    const next = left.shift();
    if (next?.length !== length) throw new Error(`no ${length} random bytes left in the script`);
    return Buffer.from(next);
  };
}
