// An application of the open session asks that its person proves herself anew, and checks the answer by itself.
//   node step-up.mjs SOCKET KEY "Export records"
// SOCKET is the station's step-up.sock, KEY a file with what `tapward step-up key` prints. Plain Node, no packages.
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import process from 'node:process';
import { text } from 'node:stream/consumers';

const [socket, keyFile, act] = process.argv.slice(2);
if (socket === undefined || keyFile === undefined || act === undefined) {
  console.error('usage: node step-up.mjs SOCKET KEY "what it is for"');
  process.exit(2);
}
const jwk = JSON.parse(readFileSync(keyFile, 'utf8'));
const nonce = randomBytes(24).toString('base64url');

const station = connect(socket);
station.write(`${JSON.stringify({ v: 1, act, nonce })}\n`);
const answer = JSON.parse(await text(station));
if (answer.result !== 'confirmed') {
  console.error(`${answer.because}: ${answer.why}`);
  process.exit(1);
}

// Nothing of the answer counts before its signature does.
const [header, payload, signature] = answer.statement.split('.');
const key = createPublicKey({ key: jwk, format: 'jwk' });
const isSigned = verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString());
const now = Date.now() / 1000;
// For this act, for this request, fresh. An application that acts for one person also compares `sub`, and remembers `jti` until `exp`.
if (alg !== 'EdDSA' || !isSigned || claims.nonce !== nonce || claims.act !== act || now >= claims.exp || now < claims.iat - 5) {
  console.error('The answer is not a fresh statement of this station: do nothing.');
  process.exit(1);
}
console.log(`${claims.sub} confirmed "${claims.act}" with ${claims.factors.join(' and ')} (${claims.aal === 'none' ? 'no AAL' : claims.aal}).`);
