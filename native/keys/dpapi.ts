/** Bytes come in and go out wrapped by this computer's own DPAPI key (CryptProtectData), or back; nothing of them is left in memory that Windows gives and takes. */
import koffi from 'koffi';

/** Of the computer, not of the account: the agent is denied the account that it runs as. No window is ever shown. */
const flags = 0x4 | 0x1;

type Blob = { cbData: number; pbData: unknown };
type Call = (
  from: { readonly cbData: number; readonly pbData: Uint8Array },
  name: null,
  entropy: { readonly cbData: number; readonly pbData: Uint8Array },
  reserved: null,
  prompt: null,
  flags: number,
  into: Blob,
) => number;

/** null: Windows did not do it. `entropy` has to be the same again. */
export type Dpapi = {
  readonly wrap: (bytes: Uint8Array, entropy: Uint8Array) => Uint8Array | null;
  readonly unwrap: (bytes: Uint8Array, entropy: Uint8Array) => Uint8Array | null;
};

/** Throws on another system than Windows. */
export function loadDpapi(): Dpapi {
  const crypt = koffi.load('crypt32.dll');
  const given = koffi.pointer(koffi.struct({ cbData: 'uint32_t', pbData: 'uint8_t *' }));
  const taken = koffi.out(koffi.pointer(koffi.struct({ cbData: 'uint32_t', pbData: 'void *' })));
  const free = koffi.load('kernel32.dll').func('LocalFree', 'void *', ['void *']) as (memory: unknown) => unknown;
  const bind = (name: string): Call => crypt.func(name, 'int', [given, 'void *', given, 'void *', 'void *', 'uint32_t', taken]) as Call;
  const using =
    (call: Call) =>
    (bytes: Uint8Array, entropy: Uint8Array): Uint8Array | null => {
      const into: Blob = { cbData: 0, pbData: null };
      if (call({ cbData: bytes.length, pbData: bytes }, null, { cbData: entropy.length, pbData: entropy }, null, null, flags, into) === 0) return null;
      const lent = new Uint8Array(koffi.view(into.pbData, into.cbData));
      const copy = Uint8Array.from(lent);
      lent.fill(0);
      free(into.pbData);
      return copy;
    };
  return { wrap: using(bind('CryptProtectData')), unwrap: using(bind('CryptUnprotectData')) };
}
