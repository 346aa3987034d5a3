/** Why a certificate was refused comes in; the fault that the ledger keeps, and the sentence that tells IT what to do, go out. */
import type { ProofFault } from '../../core/types.ts';
import type { PathFault } from './path.ts';
import type { RevocationFault } from './revocation.ts';

export type CertificateRefusal =
  | 'unreadable'
  | 'keyKind'
  | 'early'
  | 'expired'
  | 'strange'
  | 'usage'
  | 'purpose'
  | 'noRoots'
  | 'withdrawn'
  | 'authorityWithdrawn'
  | PathFault
  | RevocationFault;

type Meaning = { readonly fault: ProofFault; readonly sentence: string };

const meanings: Readonly<Record<CertificateRefusal, Meaning>> = {
  unreadable: { fault: 'malformed', sentence: 'The Card Authentication certificate on this card cannot be read: have the card reissued.' },
  keyKind: { fault: 'malformed', sentence: 'The key of this card is not RSA of 2048 or 3072 bits and not P-256 or P-384: have the card reissued with one of these.' },
  early: { fault: 'untrusted', sentence: 'The certificate of this card is not valid yet: check the clock of this station, or wait for the date in the certificate.' },
  expired: { fault: 'expired', sentence: 'The certificate of this card has expired: have the card reissued.' },
  strange: { fault: 'untrusted', sentence: 'The certificate of this card has a critical extension that this version does not understand: have the card reissued without it.' },
  usage: { fault: 'untrusted', sentence: 'The certificate of this card does not allow digital signatures: have the card reissued by the PIV profile.' },
  purpose: {
    fault: 'untrusted',
    sentence: 'The certificate of this card is not for card authentication (2.16.840.1.101.3.6.8): have the card reissued, or let policy pin its key.',
  },
  noRoots: { fault: 'untrusted', sentence: 'No root certificate is configured for PIV cards: put the roots of your card issuer into the file that policy names.' },
  noPath: { fault: 'untrusted', sentence: 'No configured root stands behind the certificate of this card: add the root, and the CAs between, of whoever issued it.' },
  weakSignature: {
    fault: 'untrusted',
    sentence: 'The certificate of this card, or of a CA behind it, is not signed with SHA-256 or stronger by RSA (PKCS #1 v1.5) or ECDSA: have it reissued.',
  },
  authorityEarly: { fault: 'untrusted', sentence: 'A CA behind this card is not valid yet: check the clock of this station.' },
  authorityExpired: { fault: 'expired', sentence: 'A CA behind this card has expired: put the renewed certificate of that CA into the file that policy names.' },
  notAuthority: {
    fault: 'untrusted',
    sentence: 'The certificate of this card was issued by a certificate that is no CA for cards: look into the files of roots and intermediates.',
  },
  authorityKey: {
    fault: 'untrusted',
    sentence: 'A CA behind this card has a key that is too weak or of an unknown kind: RSA of 2048 to 4096 bits, P-256, P-384 or P-521 are taken.',
  },
  authorityStrange: {
    fault: 'untrusted',
    sentence: 'A CA behind this card has a critical extension that this version does not understand: configure the CA below it as a root, if you trust it.',
  },
  pathLength: { fault: 'untrusted', sentence: 'More CAs stand behind this card than one of them allows (path length): look into the files of roots and intermediates.' },
  withdrawn: { fault: 'withdrawn', sentence: 'The issuer has withdrawn the certificate of this card: keep the card and have a new one issued.' },
  authorityWithdrawn: { fault: 'withdrawn', sentence: 'A CA behind this card was withdrawn: have the card reissued.' },
  crlMissing: { fault: 'untrusted', sentence: 'The CRL file that policy names is not there: put it there, or correct its path in policy.' },
  crlUnreadable: { fault: 'untrusted', sentence: 'The CRL file is damaged, too large, without a date of its next issue, or no CRL: fetch it anew from the issuer.' },
  crlPartial: { fault: 'untrusted', sentence: 'The CRL has parts that this version does not understand, or speaks only of some certificates: ask the issuer for a full CRL.' },
  crlForeign: { fault: 'untrusted', sentence: 'The CRL is not signed by a configured root or intermediate: fetch it anew, or add the CA that signed it.' },
  crlStale: { fault: 'untrusted', sentence: 'The CRL is out of date: fetch the current one from the issuer and put it in the place of the old.' },
  crlEarly: { fault: 'untrusted', sentence: 'The CRL was issued in the future of this clock: check the clock of this station.' },
  crlOther: { fault: 'untrusted', sentence: 'No CRL in the file is of the CA that issued this card: add the CRL of that CA.' },
};

/** What a `Proof` says of it, and the ledger keeps. */
export const faultOfRefusal = (why: CertificateRefusal): ProofFault => meanings[why].fault;

/** One sentence for the administrator, with what to do. No name, no serial number. */
export const sentenceOfRefusal = (why: CertificateRefusal): string => meanings[why].sentence;
