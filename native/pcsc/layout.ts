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

export type ReaderState = {
  readonly bytes: Buffer;
  /** Held here because the structure holds only its address. */
  readonly name: Buffer;
};

/** A structure for one reader, its state not known yet. `address` is that of the name's bytes. */
export function readerState(layout: Layout, name: Buffer, address: bigint): ReaderState {
  const bytes = Buffer.alloc(layout.readerState.size);
  bytes.writeBigUInt64LE(address, 0);
  return { bytes, name };
}

/** What the service reported last, to be given back with the next wait: without the mark that it was news. */
export function accept(layout: Layout, state: ReaderState, event: number): void {
  state.bytes.writeUInt32LE(event, layout.readerState.current);
}

/** dwEventState. Its upper half on Linux is never used. */
export function eventOf(layout: Layout, state: ReaderState): number {
  return state.bytes.readUInt32LE(layout.readerState.event);
}

export function atrOf(layout: Layout, state: ReaderState): Uint8Array {
  const { atrLength, atr, size } = layout.readerState;
  const length = Math.min(state.bytes.readUInt32LE(atrLength), size - atr, 33);
  return Uint8Array.from(state.bytes.subarray(atr, atr + length));
}
