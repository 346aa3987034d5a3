/** A ledger's files come in, in order; each line that follows from the one before goes out, until the first that does not. Both opening and verifying walk this one chain. */
import { hash } from 'node:crypto';
import type { Header, ReadLine } from './line.ts';
import { lineHash, lines, readHeader, takeApart, writtenBytes } from './line.ts';

/** `head`: hash of the line; `from`, `to`: the bytes it takes in its file, newline included. */
export type Link = { readonly head: string; readonly from: number; readonly to: number } & (
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'entry'; readonly read: ReadLine; readonly signed: Uint8Array; readonly maced: Uint8Array }
);
/** Where and why the chain ends early: the file, and the number the entry there should have; null: it holds to the end. */
export type Break = { readonly segment: number; readonly seq: number; readonly why: string };
export type SegmentFile = { readonly segment: number; readonly bytes: Buffer };

const nothing = hash('sha256', '', 'base64url');

/** The first file's own header is taken for granted unless it is the ledger's first. */
export function* walkChain(files: Iterable<SegmentFile>): Generator<Link, Break | null> {
  let head: string | null = null;
  let seq = 0;
  let first: Header | null = null;
  for (const { segment, bytes } of files) {
    const stop = (why: string): Break => ({ segment, seq, why });
    let from = 0;
    if (segment === 1) head = nothing;
    for (const { line, next: to } of lines(bytes)) {
      const place = { head: lineHash(line), from, to };
      if (from === 0) {
        const header = readHeader(line);
        if (header === null || header.segment !== segment) return stop('the first line of the file is no header of it');
        if (head !== null && (header.prev !== head || header.first !== seq)) return stop('the file does not follow from the one before');
        if (first !== null && (header.ledger !== first.ledger || header.publicKey !== first.publicKey)) return stop('the file belongs to another ledger');
        first ??= header;
        seq = header.first;
        yield { kind: 'header', header, ...place };
      } else {
        const parts = takeApart(line);
        if (parts === null) return stop('the line is no entry');
        if (parts.read.seq !== seq) return stop('its sequence number does not follow');
        if (parts.read.prev !== head) return stop('it does not follow from the line before');
        yield { kind: 'entry', ...parts, ...place };
        seq++;
      }
      ({ head } = place);
      from = to;
    }
    if (from === 0) return stop('the file has no header');
    if (writtenBytes(bytes) > from) return stop('the line is incomplete');
  }
  return null;
}
