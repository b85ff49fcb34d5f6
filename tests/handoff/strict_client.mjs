// A strict OAuth client that knows nothing of this library: oauth4webapi, as its documentation has it.
//
//     node strict_client.mjs <issuer> code|device <client id>
//
// It writes one JSON object a line, and reads where the browser was led, or that the user has answered, from its standard input.

import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const oauth = await import(pathToFileURL(require.resolve("oauth4webapi")));
const [issuer, way, clientId] = process.argv.slice(2);
const insecure = { [oauth.allowInsecureRequests]: true }; // the tests' site has no TLS
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = (told) => console.log(JSON.stringify(told));
const hear = async () => (await lines.next()).value;

const url = new URL(issuer);
const found = [];
for (const algorithm of ["oauth2", "oidc"]) {
  const answer = await oauth.discoveryRequest(url, { algorithm, ...insecure });
  found.push(await oauth.processDiscoveryResponse(url, answer));
}
const as = found[0];
const client = { client_id: clientId, token_endpoint_auth_method: "none" };
const token = way === "code" ? await signInByCode() : await signInByDevice();

const account = await oauth.protectedResourceRequest(token.access_token, "GET", new URL(`${issuer}/account`), undefined, undefined, insecure);
tell({ account: await account.json(), expiresIn: token.expires_in, scope: token.scope, alike: JSON.stringify(found[0]) === JSON.stringify(found[1]) });
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, oauth.None(), token.access_token, insecure));
const after = await fetch(`${issuer}/account`, { headers: { Authorization: `Bearer ${token.access_token}` } });
tell({ afterRevocation: after.status });
process.exit(0);

async function signInByCode() {
  const redirectUri = "http://127.0.0.1:49152/callback";
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const address = new URL(as.authorization_endpoint);
  for (const [name, value] of Object.entries({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "account",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
  })) {
    address.searchParams.set(name, value);
  }
  tell({ open: address.href });
  const parameters = oauth.validateAuthResponse(as, client, new URL(await hear()), state);
  const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), parameters, redirectUri, verifier, insecure);
  return oauth.processAuthorizationCodeResponse(as, client, answer);
}

async function signInByDevice() {
  const answer = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), {}, insecure);
  const codes = await oauth.processDeviceAuthorizationResponse(as, client, answer);
  const poll = async () => {
    const polled = await oauth.deviceCodeGrantRequest(as, client, oauth.None(), codes.device_code, insecure);
    return oauth.processDeviceCodeResponse(as, client, polled);
  };
  const waiting = await poll().catch((error) => error.error);
  tell({ codes, waiting });
  await hear();
  return poll();
}
