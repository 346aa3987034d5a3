/** An operating system comes in, the sizes and places its winscard.h gives to PC/SC's structures go out. All supported processors are 64-bit, little-endian. */

export type Layout = {
  /** Bytes of DWORD and LONG: pcsc-lite on Linux made them `unsigned long`, everybody else kept 32 bits. */
  readonly dword: 4 | 8;
  /** SCARD_READERSTATE: its size and where dwCurrentState, dwEventState, cbAtr and rgbAtr begin. szReader is at 0. */
  readonly readerState: { readonly size: number; readonly current: number; readonly event: number; readonly atrLength: number; readonly atr: number };
  readonly names: 'utf8' | 'utf16le';
};

/** Checked against pcsclite.h (Linux: 8-byte DWORD, ATR of 33), winscard.h (ATR of 36) and the macOS framework (packed, ATR of 33). */
export function layoutOf(platform: NodeJS.Platform): Layout {
  switch (platform) {
    case 'win32':
      return { dword: 4, readerState: { size: 64, current: 16, event: 20, atrLength: 24, atr: 28 }, names: 'utf16le' };
    case 'darwin':
      return { dword: 4, readerState: { size: 61, current: 16, event: 20, atrLength: 24, atr: 28 }, names: 'utf8' };
    default:
      return { dword: 8, readerState: { size: 80, current: 16, event: 24, atrLength: 32, atr: 40 }, names: 'utf8' };
  }
}

/** A name as a C string of the platform. */
export function encodeName(layout: Layout, name: string): Buffer {
  return Buffer.from(`${name}\0`, layout.names);
}

/** The names of a multi-string: each ends with a zero, the list with another. */
export function decodeNames(layout: Layout, multiString: Buffer): readonly string[] {
  return multiString
    .toString(layout.names)
    .split('\0')
    .filter((name) => name !== '');
}

/** An array of SCARD_READERSTATE, as SCardGetStatusChange takes it. */
export type ReaderStates = {
  readonly layout: Layout;
  readonly count: number;
  readonly bytes: Buffer;
  /** Held here because the structures hold only their addresses. */
  readonly names: readonly Buffer[];
};

/** One structure for each name, its state not known yet. */
export function readerStates(layout: Layout, names: readonly Buffer[], addressOf: (name: Buffer) => bigint): ReaderStates {
  const { size } = layout.readerState;
  const bytes = Buffer.alloc(size * names.length);
  for (const [index, name] of names.entries()) bytes.writeBigUInt64LE(addressOf(name), index * size);
  return { layout, count: names.length, bytes, names };
}

const changed = 0x0002;

/** dwEventState of one of them, accepted: given back with the next wait it is no news any more. The upper half of Linux's DWORD is never used. */
export function takeEvent({ layout, bytes }: ReaderStates, index: number): number {
  const { size, current, event } = layout.readerState;
  const state = (bytes.readUInt32LE(index * size + event) & ~changed) >>> 0;
  bytes.writeUInt32LE(state, index * size + current);
  return state;
}

/** Whether the last wait ended because of this one. */
export function isNews({ layout, bytes }: ReaderStates, index: number): boolean {
  const { size, event } = layout.readerState;
  return (bytes.readUInt32LE(index * size + event) & changed) !== 0;
}

export function atrOf({ layout, bytes }: ReaderStates, index: number): Uint8Array {
  const { size, atrLength, atr } = layout.readerState;
  const length = Math.min(bytes.readUInt32LE(index * size + atrLength), 33);
  return Uint8Array.from(bytes.subarray(index * size + atr, index * size + atr + length));
}
