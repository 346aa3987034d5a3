/** A selected key comes in; what it says it can do (authenticatorGetInfo, CTAP 2.1 §6.4) goes out. */
import { asBytes, asCount, asList, asMap, asText, decodeMap } from './cbor.ts';
import { type Line, message } from './framing.ts';
import { fault, type KeyFault } from './outcome.ts';

/** Claims, not proofs: any card can say so. Attestation proves some of it at registration. */
export type KeyInformation = {
  readonly kind: 'information';
  readonly versions: readonly string[];
  readonly extensions: readonly string[];
  readonly aaguid: Uint8Array;
  /** Option ID to its state; an absent one is not supported. */
  readonly options: ReadonlyMap<string, boolean>;
  readonly pinProtocols: readonly number[];
  readonly transports: readonly string[];
  /** COSE algorithms; empty: not said. */
  readonly algorithms: readonly number[];
  readonly longestMessage: number;
  readonly idsInList: number | null;
};

/** Fault `missing`: a key that knows only CTAP1 (U2F). */
export async function getInformation(line: Line): Promise<KeyInformation | KeyFault> {
  const answer = await message(line, 0x04);
  if (answer.kind !== 'answer') return answer.kind === 'fault' && answer.said === 0x01 ? fault('missing', 0x01) : answer;
  const map = decodeMap(answer.body);
  const versions = asList(map?.get(0x01), asText);
  const extensions = asList(map?.get(0x02), asText);
  const aaguid = asBytes(map?.get(0x03));
  const options = optionsIn(map?.get(0x04));
  const pinProtocols = asList(map?.get(0x06), asCount);
  const transports = asList(map?.get(0x09), asText);
  const algorithms = asList(map?.get(0x0a), (entry) => {
    const alg: unknown = asMap(entry)?.get('alg');
    return typeof alg === 'number' ? alg : null;
  });
  if (!versions || !extensions || aaguid?.length !== 16 || !options || !pinProtocols || !transports || !algorithms) return fault('malformed');
  if (!versions.some((version) => version.startsWith('FIDO_2_'))) return fault('missing');
  return {
    kind: 'information',
    versions,
    extensions,
    aaguid,
    options,
    pinProtocols,
    transports,
    algorithms,
    longestMessage: asCount(map?.get(0x05)) ?? 1024,
    idsInList: asCount(map?.get(0x07)),
  };
}

function optionsIn(value: unknown): ReadonlyMap<string, boolean> | null {
  if (value === undefined) return new Map();
  const map = asMap(value);
  if (!map) return null;
  const entries = [...map].filter((entry): entry is [string, boolean] => typeof entry[0] === 'string' && typeof entry[1] === 'boolean');
  return entries.length === map.size ? new Map(entries) : null;
}
