/** A Windows computer comes in; its MachineGuid, which sysprep makes anew, and the UUID of its firmware's tables go out. */
import koffi from 'koffi';

const localMachine = 0x80000002;
/** RRF_RT_REG_SZ, and the 64-bit view whoever asks. */
const readText = 0x2 | 0x10000;
/** "RSMB", the tables of SMBIOS as they are. */
const rawSmbios = 0x52534d42;
/** SMBIOS 3.7 §7.2, System Information: its UUID stands behind 8 bytes of the structure. */
const [systemInformation, uuidAt, endOfTable] = [1, 8, 127];

/** Throws on another system than Windows. */
export function windowsMachine(): { readonly system: string | null; readonly board: string | null } {
  return { system: machineGuid(), board: smbiosUuid(firmwareTables()) };
}

function machineGuid(): string | null {
  const getValue = koffi
    .load('advapi32.dll')
    .func('RegGetValueW', 'int32_t', ['uintptr_t', 'str16', 'str16', 'uint32_t', 'void *', 'void *', koffi.inout(koffi.pointer('uint32_t'))]) as (
    key: number,
    path: string,
    name: string,
    flags: number,
    type: null,
    into: Uint8Array,
    size: number[],
  ) => number;
  const into = Buffer.alloc(256);
  const size = [into.length];
  if (getValue(localMachine, 'SOFTWARE\\Microsoft\\Cryptography', 'MachineGuid', readText, null, into, size) !== 0) return null;
  return into.toString('utf16le', 0, size[0] ?? 0).replace(/\0.*$/, '');
}

function firmwareTables(): Buffer {
  const getTable = koffi.load('kernel32.dll').func('GetSystemFirmwareTable', 'uint32_t', ['uint32_t', 'uint32_t', 'void *', 'uint32_t']) as (
    provider: number,
    table: number,
    into: Uint8Array | null,
    size: number,
  ) => number;
  const into = Buffer.alloc(getTable(rawSmbios, 0, null, 0));
  return into.subarray(0, getTable(rawSmbios, 0, into, into.length));
}

/** `tables`: RawSMBIOSData, 8 bytes and then one structure behind the other, each with its strings up to two zeros. null: there is none. */
export function smbiosUuid(tables: Uint8Array): string | null {
  const bytes = Buffer.from(tables).subarray(8);
  for (let at = 0; at + 4 <= bytes.length; ) {
    const [type = endOfTable, length = 0] = bytes.subarray(at);
    if (type === endOfTable || length < 4) return null;
    if (type === systemInformation && length >= uuidAt + 16 && at + uuidAt + 16 <= bytes.length) return uuidText(bytes.subarray(at + uuidAt, at + uuidAt + 16));
    const end = bytes.indexOf('\0\0', at + length, 'latin1');
    if (end < 0) return null;
    at = end + 2;
  }
  return null;
}

/** Its first three fields stand least byte first, as Windows and Linux write them since SMBIOS 2.6. */
function uuidText(raw: Buffer): string {
  const turned = [raw.subarray(0, 4), raw.subarray(4, 6), raw.subarray(6, 8)].map((part) => Buffer.from(part.toReversed()).toString('hex'));
  return [...turned, raw.toString('hex', 8, 10), raw.toString('hex', 10)].join('-');
}
