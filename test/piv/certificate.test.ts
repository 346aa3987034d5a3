/** Good and bad chains that OpenSSL issued come in; our verdict is held against that of `openssl verify`, row by row. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Certificate } from '../../native/piv/certificate.ts';
import { readCertificate } from '../../native/piv/certificate.ts';
import { examineCertificate } from '../../native/piv/examine.ts';
import type { CertificateRefusal } from '../../native/piv/refusals.ts';
import { sentenceOfRefusal } from '../../native/piv/refusals.ts';
import type { Revocation } from '../../native/piv/revocation.ts';
import { readRevocation } from '../../native/piv/revocation.ts';
import type { Issued } from '../cards/piv/authority.ts';
import { asCa, asCard, cardAuthEku, openAuthority } from '../cards/piv/authority.ts';
import { need } from '../needs.ts';

const day = 86_400_000;
const certificateOf = ({ der }: Issued): Certificate => readCertificate(der) ?? assert.fail('a certificate of the test cannot be read');

describe('examineCertificate beside openssl verify', { skip: need('openssl') }, () => {
  const authority = openAuthority();
  after(() => authority[Symbol.dispose]());
  const { issue, crl } = authority;
  const now = Date.now() + 60_000;

  const root = issue({ subject: 'Root', by: null, extensions: asCa, days: 3650 });
  const rsaRoot = issue({ subject: 'RSA Root', by: null, key: 'rsa2048', extensions: asCa, days: 3650 });
  const middle = issue({ subject: 'Issuing CA', by: root, extensions: asCa });
  const shortLived = issue({ subject: 'Short CA', by: root, extensions: asCa, days: 5 });
  const narrow = issue({ subject: 'Narrow CA', by: root, extensions: [...asCa.slice(1), 'basicConstraints=critical,CA:TRUE,pathlen:0'] });
  const belowNarrow = issue({ subject: 'Below Narrow', by: narrow, extensions: asCa });
  const notCa = issue({ subject: 'No CA', by: root, extensions: ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature'] });
  const noCaNoUse = issue({ subject: 'No CA, no use', by: root, extensions: ['basicConstraints=critical,CA:FALSE'] });
  const noCertSign = issue({ subject: 'No CertSign', by: root, extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,cRLSign'] });
  const noCrlSign = issue({ subject: 'No CRLSign', by: root, extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign', 'subjectKeyIdentifier=hash'] });
  const webOnly = issue({ subject: 'Web CA', by: root, extensions: [...asCa, 'extendedKeyUsage=serverAuth'] });
  const constrained = issue({ subject: 'Constrained CA', by: root, extensions: [...asCa, 'nameConstraints=critical,permitted;dirName:d', '[d]', 'O=Test'] });
  const weakRoot = issue({ subject: 'Weak Root', by: null, key: 'rsa1024', extensions: asCa });
  const namesake = issue({ subject: 'Root', by: null, extensions: asCa.slice(0, 2) });
  const other = issue({ subject: 'Other Root', by: null, extensions: asCa });
  const withdrawnCa = issue({ subject: 'Withdrawn CA', by: root, extensions: asCa });

  const card = (by: Issued, more: Partial<Parameters<typeof issue>[0]> = {}): Issued => issue({ subject: 'Card', by, extensions: asCard, ...more });
  const direct = card(root);
  const revoked = card(root);
  const longPath = card(middle);

  type Row = {
    readonly leaf: Issued;
    readonly roots?: readonly Issued[];
    readonly intermediates?: readonly Issued[];
    readonly crl?: string;
    readonly at?: number;
    /** Ours; null: trusted. */
    readonly ours: CertificateRefusal | null;
    /** OpenSSL's words; null: OK. Where OpenSSL says OK and we do not, the rule is of the PIV profile or ours, and `because` says which. */
    readonly openssl: RegExp | null;
    readonly because?: string;
  };
  const rows: Readonly<Record<string, Row>> = {
    'a card by the root': { leaf: direct, ours: null, openssl: null },
    'RSA-2048 by an RSA root': { leaf: card(rsaRoot, { key: 'rsa2048' }), roots: [rsaRoot], ours: null, openssl: null },
    'RSA-3072 signed with SHA-512': { leaf: card(rsaRoot, { key: 'rsa3072', digest: 'sha512' }), roots: [rsaRoot], ours: null, openssl: null },
    'P-384 signed with SHA-384': { leaf: card(root, { key: 'p384', digest: 'sha384' }), ours: null, openssl: null },
    'an intermediate': { leaf: longPath, intermediates: [middle], ours: null, openssl: null },
    'the right root among many': { leaf: longPath, roots: [other, rsaRoot, namesake, root], intermediates: [narrow, shortLived, middle], ours: null, openssl: null },
    'no intermediate': { leaf: longPath, ours: 'noPath', openssl: /unable to get local issuer/ },
    expired: { leaf: card(root, { days: 3 }), at: now + 4 * day, ours: 'expired', openssl: /certificate has expired/ },
    'not yet valid': { leaf: direct, at: now - 2 * day, ours: 'early', openssl: /not yet valid/ },
    'an expired intermediate': { leaf: card(shortLived), intermediates: [shortLived], at: now + 6 * day, ours: 'authorityExpired', openssl: /certificate has expired/ },
    'an expired root': { leaf: card(root, { days: 5000 }), at: now + 4000 * day, ours: 'authorityExpired', openssl: /certificate has expired/ },
    'the wrong root': { leaf: direct, roots: [other], ours: 'noPath', openssl: /unable to get local issuer/ },
    'a root of the same name and another key': { leaf: card(root), roots: [namesake], ours: 'noPath', openssl: /signature failure|unable to get local issuer/ },
    'signed by a namesake of the root, without key identifiers': {
      leaf: card(namesake, { extensions: [...asCard, 'authorityKeyIdentifier=none', 'subjectKeyIdentifier=none'] }),
      ours: 'noPath',
      openssl: /signature failure/,
    },
    'no root at all': { leaf: direct, roots: [], ours: 'noRoots', openssl: /./ },
    'signed by itself': { leaf: issue({ subject: 'Card', by: null, extensions: asCard }), ours: 'noPath', openssl: /self-signed/ },
    'an issuer that is no CA': { leaf: card(notCa), intermediates: [notCa], ours: 'noPath', openssl: /invalid CA|issuer/ },
    'an issuer that is no CA and states no use': { leaf: card(noCaNoUse), intermediates: [noCaNoUse], ours: 'notAuthority', openssl: /invalid CA/ },
    'an issuer without keyCertSign': { leaf: card(noCertSign), intermediates: [noCertSign], ours: 'noPath', openssl: /invalid CA|issuer|key usage/ },
    'a path longer than allowed': { leaf: card(belowNarrow), intermediates: [belowNarrow, narrow], ours: 'pathLength', openssl: /path length/ },
    'a path as long as allowed': { leaf: card(narrow), intermediates: [narrow], ours: null, openssl: null },
    'a root of RSA-1024': { leaf: card(weakRoot), roots: [weakRoot], ours: 'authorityKey', openssl: /key too weak|CA key/ },
    'a key of RSA-1024': { leaf: card(rsaRoot, { key: 'rsa1024' }), roots: [rsaRoot], ours: 'keyKind', openssl: /key too weak/ },
    'signed with SHA-1': { leaf: card(rsaRoot, { key: 'rsa2048', digest: 'sha1' }), roots: [rsaRoot], ours: 'weakSignature', openssl: /too weak/ },
    'an unknown critical extension': { leaf: card(root, { extensions: [...asCard, '1.2.3.4=critical,DER:0500'] }), ours: 'strange', openssl: /critical extension/ },
    'an unknown extension': { leaf: card(root, { extensions: [...asCard, '1.2.3.4=DER:0500'] }), ours: null, openssl: null },
    'withdrawn by the CRL': { leaf: revoked, crl: crl({ by: root, revoked: [revoked] }), ours: 'withdrawn', openssl: /revoked/ },
    'another withdrawn by the CRL': { leaf: direct, crl: crl({ by: root, revoked: [revoked] }), ours: null, openssl: null },
    'a CRL that withdraws nobody': { leaf: direct, crl: crl({ by: root }), ours: null, openssl: null },
    'a stale CRL': { leaf: direct, crl: crl({ by: root, days: 1 }), at: now + 2 * day, ours: 'crlStale', openssl: /CRL has expired/ },
    'withdrawn by a stale CRL': { leaf: revoked, crl: crl({ by: root, days: 1, revoked: [revoked] }), at: now + 2 * day, ours: 'withdrawn', openssl: /CRL has expired|revoked/ },
    'a CRL by another issuer': { leaf: direct, roots: [root, other], crl: crl({ by: other }), ours: 'crlOther', openssl: /unable to get certificate CRL/ },
    'a CRL by an unknown issuer': { leaf: direct, crl: crl({ by: other }), ours: 'crlForeign', openssl: /unable to get certificate CRL/ },
    'a CRL by a CA that may sign none': { leaf: card(noCrlSign), intermediates: [noCrlSign], crl: crl({ by: noCrlSign }), ours: 'crlForeign', openssl: /CRL/ },
    'a CRL by a namesake': {
      leaf: card(root),
      crl: crl({ by: namesake, extensions: [] }),
      ours: 'crlForeign',
      openssl: /CRL signature failure|unable to get certificate CRL/,
    },
    'a CRL that speaks of other certificates': {
      leaf: direct,
      crl: crl({ by: root, extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'onlyCA=TRUE'] }),
      ours: 'crlPartial',
      openssl: /different CRL scope/,
    },
    'no digitalSignature': {
      leaf: card(root, { extensions: ['keyUsage=critical,keyAgreement', cardAuthEku] }),
      ours: 'usage',
      openssl: null,
      because: 'openssl verify is asked for no purpose',
    },
    'no purpose stated': { leaf: card(root, { extensions: asCard.slice(0, 1) }), ours: 'purpose', openssl: null, because: 'id-PIV-cardAuth is of the PIV profile' },
    'another purpose': { leaf: card(root, { extensions: ['keyUsage=digitalSignature', 'extendedKeyUsage=clientAuth'] }), ours: 'purpose', openssl: null, because: 'as above' },
    'any purpose': {
      leaf: card(root, { extensions: ['keyUsage=digitalSignature', 'extendedKeyUsage=anyExtendedKeyUsage'] }),
      ours: 'purpose',
      openssl: null,
      because: 'as above: another key of the card could be meant',
    },
    'a CA for web servers': { leaf: card(webOnly), intermediates: [webOnly], ours: 'notAuthority', openssl: null, because: 'openssl verify is asked for no purpose' },
    'a CA with name constraints': {
      leaf: card(constrained),
      intermediates: [constrained],
      ours: 'authorityStrange',
      openssl: null,
      because: 'we do not understand name constraints, and say so',
    },
    'a key of P-224': { leaf: card(root, { key: 'p224' }), ours: 'keyKind', openssl: null, because: 'SP 800-78-5 has no such key' },
    'a key of Ed25519': { leaf: card(root, { key: 'ed25519' }), ours: 'keyKind', openssl: null, because: 'SP 800-78-5 has no such key' },
    'a withdrawn intermediate': {
      leaf: card(withdrawnCa),
      intermediates: [withdrawnCa],
      crl: crl({ by: root, revoked: [withdrawnCa] }) + crl({ by: withdrawnCa }),
      ours: 'authorityWithdrawn',
      openssl: null,
      because: '-crl_check looks at the leaf alone',
    },
  };

  for (const [name, { leaf, roots = [root], intermediates = [], at = now, ours, openssl, because, ...row }] of Object.entries(rows)) {
    test(`${name}: ${ours ?? 'trusted'}${because === undefined ? '' : ` (${because})`}`, () => {
      const theirs = authority.verify(leaf, { roots, intermediates, crl: row.crl ?? null, at });
      if (openssl === null) assert.equal(theirs, null);
      else assert.match(theirs ?? 'OK', openssl);
      assert.ok(openssl === null || ours !== null, 'OpenSSL refuses, so must we');

      const anchors = { roots: roots.map(certificateOf), intermediates: intermediates.map(certificateOf) };
      const revocation: Revocation = row.crl === undefined ? { kind: 'off' } : readRevocation(Buffer.from(row.crl), [...anchors.roots, ...anchors.intermediates]);
      const verdict = examineCertificate(leaf.der, { ...anchors, now: at, revocation, staleGrace: 0, pinByPolicy: false });
      assert.equal(verdict.kind === 'trusted' ? null : verdict.why, ours);
      if (verdict.kind === 'refused') assert.match(sentenceOfRefusal(verdict.why), /^[A-Z].*\.$/);
      else assert.deepEqual([verdict.record.trust, verdict.record.serial.toUpperCase()], ['path', leaf.serial]);
    });
  }
});
