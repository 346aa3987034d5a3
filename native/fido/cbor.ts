/** Values go out as CTAP2 canonical CBOR (CTAP 2.1 §8); a key's bytes come in and are a map of it, or nothing. */
import { decode, decodeFirst, encode } from 'cborg';

export type CborMap = ReadonlyMap<unknown, unknown>;

/** No message of CTAP is longer than what fits through its narrowest transport (CTAP 2.1 §11.2.4: 7609 bytes). */
export const longestMessage = 7609;

const strictly = {
  useMaps: true,
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
} as const;

/** Keys sorted, lengths shortest. Byte strings are Uint8Array; maps with number keys are Map. */
export const encodeCbor = (value: unknown): Uint8Array => encode(value);

/** The map these bytes are, to the last one; null for all else, nesting without end included. Never throws. */
export function decodeMap(bytes: Uint8Array): CborMap | null {
  if (bytes.length > longestMessage) return null;
  try {
    return asMap(decode(bytes, strictly));
  } catch {
    return null;
  }
}

/** The map these bytes begin with, and what follows it. Never throws. */
export function decodeFirstMap(bytes: Uint8Array): { readonly map: CborMap; readonly rest: Uint8Array } | null {
  if (bytes.length > longestMessage) return null;
  try {
    const [value, rest] = decodeFirst(bytes, strictly) as [unknown, Uint8Array];
    const map = asMap(value);
    return map === null ? null : { map, rest };
  } catch {
    return null;
  }
}

export const asMap = (value: unknown): CborMap | null => (value instanceof Map ? value : null);
export const asBytes = (value: unknown): Uint8Array | null => (value instanceof Uint8Array ? Uint8Array.from(value) : null);
export const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null);
export const asCount = (value: unknown): number | null => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null);

/** The entries of a list that `read` takes; null where it is no list, or one entry is of another kind. An absent list is empty. */
export function asList<T>(value: unknown, read: (entry: unknown) => T | null): readonly T[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const entries = value.map(read);
  return entries.every((entry) => entry !== null) ? entries : null;
}
