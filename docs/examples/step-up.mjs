// An application of the open session asks that its person proves herself anew, and checks the answer by itself.
//   node step-up.mjs SOCKET KEY "Records" "Export records" [AAL1|AAL2]
// SOCKET is the station's step-up.sock, KEY a file with what `tapward step-up key` prints, "Records" the name that the station's policy gives this
// application, AAL2 the least level it takes. Exits 0 for a fresh proof of that level and for nothing else. Plain Node, no packages.
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import process from 'node:process';
import { text } from 'node:stream/consumers';

const levels = ['AAL1', 'AAL2'];
const [socket, keyFile, name, act, least = 'AAL2', ...more] = process.argv.slice(2);
if (act === undefined || !levels.includes(least) || more.length > 0) {
  console.error('usage: node step-up.mjs SOCKET KEY "this application" "what it is for" [AAL1|AAL2]');
  process.exit(2);
}
const key = createPublicKey({ key: JSON.parse(readFileSync(keyFile, 'utf8')), format: 'jwk' });
const nonce = randomBytes(24).toString('base64url');

const station = connect(socket);
station.write(`${JSON.stringify({ v: 1, act, nonce, least })}\n`);
const answer = JSON.parse(await text(station));
if (answer.result !== 'confirmed') {
  console.error(`${answer.because}: ${answer.why}`);
  process.exit(1);
}

/** What is wrong with a statement, or null. Nothing in it counts before its signature does; an application that acts for one person also compares `sub`. */
function faultOf(statement) {
  const [header, payload, signature, ...rest] = statement.split('.');
  if (rest.length > 0 || !verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature ?? '', 'base64url'))) return 'it is not signed by this station';
  const { alg, typ } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const { aud, act: said, nonce: given, aal, iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const now = Date.now() / 1000;
  if (alg !== 'EdDSA' || typ !== 'tapward-step-up+jwt') return 'it is no statement of this kind';
  if (aud !== name) return 'it is for another application';
  if (said !== act || given !== nonce) return 'it answers another request';
  if (!(iat <= now + 5 && now < exp && exp - iat <= 60)) return 'it is not of this minute: look at the clock';
  if (!(levels.indexOf(aal) >= levels.indexOf(least))) return `it reaches ${aal}, not ${least}`;
  return null;
}

const fault = faultOf(answer.statement);
if (fault !== null) {
  console.error(`Do nothing on this answer: ${fault}.`);
  process.exit(1);
}
const { sub, factors, aal } = JSON.parse(Buffer.from(answer.statement.split('.')[1], 'base64url').toString());
console.log(`${sub} confirmed "${act}" with ${factors.join(' and ')} (${aal}).`);
