/** Names and what is wrong with them come in; certificates, CRLs and keys that OpenSSL issued in a folder of its own go out. */
import { execFileSync, spawnSync } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type KeyKind = 'p256' | 'p384' | 'p224' | 'rsa1024' | 'rsa2048' | 'rsa3072' | 'ed25519';
export type Issued = {
  readonly subject: string;
  readonly pem: string;
  readonly keyFile: string;
  readonly file: string;
  readonly der: Uint8Array;
  readonly key: KeyObject;
  readonly serial: string;
};
export type Issue = {
  /** CN; the same one for several makes cross names. */
  readonly subject: string;
  /** null: signed by itself. */
  readonly by: Issued | null;
  readonly key?: KeyKind;
  /** Takes the key of this one instead of a new one. */
  readonly keyOf?: Issued;
  readonly days?: number;
  readonly digest?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** Lines of an OpenSSL extension section. */
  readonly extensions: readonly string[];
};
export type CrlWish = {
  readonly by: Issued;
  readonly revoked?: readonly Issued[];
  readonly days?: number;
  /** Lines of the CRL's extension section. */
  readonly extensions?: readonly string[];
};

/** Profiles. */
export const asCa = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash'] as const;
export const cardAuthEku = 'extendedKeyUsage=critical,2.16.840.1.101.3.6.8';
export const asCard = ['keyUsage=critical,digitalSignature', cardAuthEku] as const;

const keyArguments: Readonly<Record<KeyKind, readonly string[]>> = {
  p256: ['EC', 'ec_paramgen_curve:P-256'],
  p384: ['EC', 'ec_paramgen_curve:P-384'],
  p224: ['EC', 'ec_paramgen_curve:P-224'],
  rsa1024: ['RSA', 'rsa_keygen_bits:1024'],
  rsa2048: ['RSA', 'rsa_keygen_bits:2048'],
  rsa3072: ['RSA', 'rsa_keygen_bits:3072'],
  ed25519: ['ED25519'],
};

export type Authority = Disposable & {
  readonly issue: (wish: Issue) => Issued;
  /** PEM. */
  readonly crl: (wish: CrlWish) => string;
  /** What `openssl verify` says at that moment (ms of Unix time), at security level 2: null for OK, its words otherwise. */
  readonly verify: (
    leaf: Issued,
    chain: { readonly roots: readonly Issued[]; readonly intermediates?: readonly Issued[]; readonly crl?: string | null; readonly at: number },
  ) => string | null;
  /** Writes a file into the folder. */
  readonly keep: (content: string | Uint8Array) => string;
};

/** Its folder is deleted at its end. */
export function openAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'tapward-piv-'));
  let count = 0;
  const keep = (content: string | Uint8Array): string => {
    const file = join(folder, `${++count}`);
    writeFileSync(file, content);
    return file;
  };
  const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });

  const issue = ({ subject, by, key = 'p256', keyOf, days = 365, digest = 'sha256', extensions }: Issue): Issued => {
    const [kind = '', option] = keyArguments[key];
    const keyFile = keyOf?.keyFile ?? keep(openssl('genpkey', '-algorithm', kind, ...(option ? ['-pkeyopt', option] : [])));
    const request = keep(openssl('req', '-new', '-key', keyFile, '-subj', `/O=Test/CN=${subject}`, '-config', keep('[req]\ndistinguished_name=n\n[n]\n')));
    const signer = by ? ['-CA', by.file, '-CAkey', by.keyFile] : ['-signkey', keyFile];
    const serial = String(1_000 + ++count);
    // The section's header keeps a certificate without extensions one of version 3.
    const section = keep(`[x]\n${extensions.join('\n')}\n`);
    const pem = openssl('x509', '-req', '-in', request, ...signer, '-set_serial', serial, '-days', String(days), `-${digest}`, '-extfile', section, '-extensions', 'x').toString();
    const x509 = new X509Certificate(pem);
    return { subject, pem, keyFile, file: keep(pem), der: x509.raw, key: createPrivateKey(readFileSync(keyFile)), serial: x509.serialNumber };
  };

  const crl = ({ by, revoked = [], days = 7, extensions = ['authorityKeyIdentifier=keyid'] }: CrlWish): string => {
    const index = keep(revoked.map(({ serial, subject }) => `R\t491231235959Z\t250101000000Z\t${serial}\tunknown\t/O=Test/CN=${subject}\n`).join(''));
    const section = `[x]\n${extensions.join('\n')}\n`;
    const config = keep(`[ca]\ndefault_ca=d\n[d]\ndatabase=${index}\ndefault_md=sha256\ncrlnumber=${keep('01\n')}\n${section}`);
    return openssl('ca', '-gencrl', '-config', config, '-cert', by.file, '-keyfile', by.keyFile, '-crldays', String(days), '-crlexts', 'x').toString();
  };

  return {
    issue,
    crl,
    keep,
    verify: (leaf, { roots, intermediates = [], crl: list = null, at }) => {
      const files = [
        '-CAfile',
        keep(roots.map(({ pem }) => pem).join('') || '\n'),
        ...(intermediates.length > 0 ? ['-untrusted', keep(intermediates.map(({ pem }) => pem).join(''))] : []),
        ...(list === null ? [] : ['-crl_check', '-CRLfile', keep(list)]),
      ];
      const run = spawnSync('openssl', ['verify', '-no-CApath', '-no-CAstore', '-auth_level', '2', '-attime', String(Math.floor(at / 1000)), ...files, leaf.file], {
        encoding: 'utf8',
      });
      return run.status === 0 ? null : (/lookup: (.*)/.exec(run.stderr)?.[1] ?? run.stderr.trim());
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
