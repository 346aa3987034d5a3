/** A file in PEM (RFC 7468) or DER comes in; the DER of each of its objects of one kind goes out. */

/** DER is one object as it is. None: it is neither, or a block is damaged. Never throws. */
export function readPem(file: Uint8Array, label: 'CERTIFICATE' | 'X509 CRL'): readonly Uint8Array[] {
  if (file[0] === 0x30) return [file];
  const text = Buffer.from(file).toString('latin1');
  const blocks = text.split(`-----BEGIN ${label}-----`).slice(1);
  const found = blocks.map((block) => {
    const [body, ending] = block.split(`-----END ${label}-----`);
    const base64 = body?.replace(/\s+/g, '') ?? '';
    return ending !== undefined && /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : null;
  });
  return found.every((der) => der !== null) ? found : [];
}
