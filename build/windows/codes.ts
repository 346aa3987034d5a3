/** Names come in; the GUIDs by which Windows Installer knows them go out, the same ones from every clone (UUID version 5, RFC 9562 §5.5). */
import { createHash } from 'node:crypto';

/** Of all our versions, for ever: with another one an upgrade would not find the version before it. */
export const upgradeCode = '{8E0C0F6B-9B1E-5A39-8C9E-2B6B4B0B7D11}';
const namespace = Buffer.from('d2f3f1f40f8f4b1e9a7c6f1f8b0d5c3a', 'hex');

/** As `{XXXXXXXX-…}`, in capitals. */
export function guid(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex').toUpperCase();
  return `{${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')}}`;
}

/** The SID of our service, S-1-5-80-…, as Windows derives it from the name: SHA-1 of it in upper case (native/windows/host/child.h). */
export function serviceSid(name: string): string {
  const hash = createHash('sha1').update(Buffer.from(name.toUpperCase(), 'utf16le')).digest();
  return ['S-1-5-80', ...[0, 4, 8, 12, 16].map((at) => hash.readUInt32LE(at))].join('-');
}
