/** A key of Windows' registry below HKEY_LOCAL_MACHINE comes in; its values, and those of the keys right below it, go out as they are: names, types and data. */
import koffi from 'koffi';

/** `key`: '' for the one asked for, else the name of the one below it. What is none of these types is `other`. */
export type Value = { readonly key: string; readonly name: string } & (
  | { readonly type: 'REG_SZ'; readonly data: string }
  | { readonly type: 'REG_DWORD'; readonly data: number }
  | { readonly type: 'REG_MULTI_SZ'; readonly data: readonly string[] }
  | { readonly type: 'other'; readonly data: null }
);

/** HKEY_LOCAL_MACHINE as a pointer: a LONG with its sign (winreg.h). */
const localMachine = 0xffff_ffff_8000_0002n;
/** KEY_READ, and the 64-bit view whichever program asks (winnt.h). */
const rights = 0x0002_0019 | 0x0100;
const success = 0;
const notFound = 2;
const moreData = 234;
const noMore = 259;
/** Characters: the longest name of a value, and of a key (winreg limits). */
const longestName = 16_384;
/** A policy is far smaller. */
const mostBytes = 4 << 20;

type Winreg = ReturnType<typeof load>;
let loaded: Winreg | null = null;

function load() {
  const library = koffi.load('advapi32.dll');
  return {
    open: library.func('RegOpenKeyExW', 'int32_t', ['uintptr_t', 'void *', 'uint32_t', 'uint32_t', 'void *']) as (
      key: bigint,
      below: Uint8Array,
      options: number,
      rights: number,
      into: Uint8Array,
    ) => number,
    value: library.func('RegEnumValueW', 'int32_t', ['uintptr_t', 'uint32_t', 'void *', 'void *', 'void *', 'void *', 'void *', 'void *']) as (
      key: bigint,
      index: number,
      name: Uint8Array,
      nameLength: Uint8Array,
      reserved: null,
      type: Uint8Array,
      data: Uint8Array,
      dataLength: Uint8Array,
    ) => number,
    below: library.func('RegEnumKeyExW', 'int32_t', ['uintptr_t', 'uint32_t', 'void *', 'void *', 'void *', 'void *', 'void *', 'void *']) as (
      key: bigint,
      index: number,
      name: Uint8Array,
      nameLength: Uint8Array,
      reserved: null,
      kind: null,
      kindLength: null,
      written: null,
    ) => number,
    close: library.func('RegCloseKey', 'int32_t', ['uintptr_t']) as (key: bigint) => number,
  };
}

/** null: there is no such key, or this is not Windows; a text: why it cannot be read, one sentence. */
export function readMachineKey(path: string): readonly Value[] | null | string {
  if (process.platform !== 'win32') return null;
  const winreg = (loaded ??= load());
  const read = (name: string, key: string): readonly Value[] | number => withKey(winreg, name, (open) => valuesOf(winreg, open, key));
  const own = read(path, '');
  if (own === notFound) return null;
  if (typeof own === 'number') return failed(own);
  const names = withKey(winreg, path, (open) => namesBelow(winreg, open));
  if (typeof names === 'number') return failed(names);
  const below: Value[] = [];
  for (const name of names) {
    const values = read(`${path}\\${name}`, name);
    // One that went away meanwhile is as good as none.
    if (typeof values === 'number' && values !== notFound) return failed(values);
    if (typeof values !== 'number') below.push(...values);
  }
  return [...own, ...below];
}

const failed = (error: number): string => `The policies in the registry cannot be read (error ${error}): give the agent’s account the right to read them.`;

/** A number: Windows' error. */
function withKey<T>(winreg: Winreg, name: string, use: (open: bigint) => T | number): T | number {
  const into = new BigUint64Array(1);
  const error = winreg.open(localMachine, Buffer.from(`${name}\0`, 'utf16le'), 0, rights, bytesOf(into));
  if (error !== success) return error;
  const [open = 0n] = into;
  try {
    return use(open);
  } finally {
    winreg.close(open);
  }
}

function namesBelow(winreg: Winreg, open: bigint): readonly string[] | number {
  const names: string[] = [];
  const name = Buffer.alloc(longestName * 2);
  for (let index = 0; ; index++) {
    const length = Uint32Array.of(longestName);
    const error = winreg.below(open, index, name, bytesOf(length), null, null, null, null);
    if (error === noMore) return names;
    if (error !== success) return error;
    names.push(name.toString('utf16le', 0, (length[0] ?? 0) * 2));
  }
}

function valuesOf(winreg: Winreg, open: bigint, key: string): readonly Value[] | number {
  const values: Value[] = [];
  const name = Buffer.alloc(longestName * 2);
  let data = Buffer.alloc(4096);
  for (let index = 0; ; ) {
    const [length, type, size] = [Uint32Array.of(longestName), new Uint32Array(1), Uint32Array.of(data.length)];
    const error = winreg.value(open, index, name, bytesOf(length), null, bytesOf(type), data, bytesOf(size));
    if (error === noMore) return values;
    if (error === moreData && data.length < mostBytes) {
      data = Buffer.alloc(Math.min(mostBytes, Math.max(data.length * 2, size[0] ?? 0)));
      continue;
    }
    if (error !== success) return error;
    values.push({ key, name: name.toString('utf16le', 0, (length[0] ?? 0) * 2), ...typed(type[0] ?? 0, data.subarray(0, size[0])) });
    index++;
  }
}

/** REG_SZ 1, REG_DWORD 4, REG_MULTI_SZ 7 (winnt.h). Texts may or may not end with NUL. */
function typed(
  type: number,
  data: Buffer,
):
  | Pick<Extract<Value, { type: 'REG_SZ' }>, 'type' | 'data'>
  | Pick<Extract<Value, { type: 'REG_DWORD' }>, 'type' | 'data'>
  | Pick<Extract<Value, { type: 'REG_MULTI_SZ' }>, 'type' | 'data'>
  | { readonly type: 'other'; readonly data: null } {
  const text = (): string => data.toString('utf16le', 0, data.length & ~1);
  if (type === 1) return { type: 'REG_SZ', data: text().replace(/\0[^]*$/, '') };
  if (type === 4 && data.length === 4) return { type: 'REG_DWORD', data: data.readUInt32LE() };
  if (type === 7)
    return {
      type: 'REG_MULTI_SZ',
      data: text()
        .replace(/\0+$/, '')
        .split('\0')
        .filter((line) => line !== ''),
    };
  return { type: 'other', data: null };
}

const bytesOf = (numbers: Uint32Array | BigUint64Array): Uint8Array => new Uint8Array(numbers.buffer);
