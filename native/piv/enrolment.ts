/** A card in the field and what the site trusts come in; the record by which its taps will be proved, or one clear reason against it, goes out. */
import type { Transmit } from '../../core/ports.ts';
import type { ProofFault } from '../../core/types.ts';
import { readCardAuthentication } from './application.ts';
import type { Trust } from './examine.ts';
import { examineCertificate } from './examine.ts';
import type { Random } from './proof.ts';
import { provePiv } from './proof.ts';
import type { PivRecord } from './record.ts';
import { sentenceOfRefusal } from './refusals.ts';

export type PivEnrolment =
  | { readonly kind: 'enrolled'; readonly record: PivRecord }
  /** `sentence`: for the administrator, with what to do. */
  | { readonly kind: 'refused'; readonly because: ProofFault; readonly sentence: string };
export type EnrolmentStep = 'reading' | 'examining' | 'proving';

/** Reads the certificate, examines it and has the card prove that it holds the key, all in one presentation: a certificate alone can be copied. `began` is told each step. */
export async function enrolPiv(transmit: Transmit, trust: Trust, random: Random, began: (step: EnrolmentStep) => void = () => {}): Promise<PivEnrolment> {
  began('reading');
  const reading = await readCardAuthentication(transmit);
  if (reading.kind === 'unread') return refused(reading.because);
  began('examining');
  const examined = examineCertificate(reading.der, trust);
  if (examined.kind === 'refused') return { kind: 'refused', because: examined.because, sentence: sentenceOfRefusal(examined.why) };
  began('proving');
  const { record } = examined;
  const proof = await provePiv(transmit, { ...trust, record }, random);
  return proof.kind === 'proved' ? { kind: 'enrolled', record } : refused(proof.because);
}

const refused = (because: ProofFault): PivEnrolment => ({ kind: 'refused', because, sentence: sentences[because] ?? sentences.malformed });

/** What a card itself can do wrong; what is wrong with its certificate has sentences of its own. */
const sentences: Readonly<Partial<Record<ProofFault, string>>> & { readonly malformed: string } = {
  gone: 'The card left the reader or kept silent: hold it still on the reader and begin again.',
  missing: 'This card has no PIV Card Authentication key and certificate (9E): enrol it as another kind of badge, or have the card issued with them.',
  wrong: 'This card does not hold the key of its certificate: it may be a copy, so keep it and ask its issuer.',
  malformed: 'This card does not answer as a PIV card should: try it once more, then ask its issuer.',
};
