// An OpenID Connect provider on a free port of loopback, for tests: the library oidc-provider with two clients and any
// account, and a few switches below /-/ that a test turns. Prints one line of JSON when it is ready.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import { Provider } from "oidc-provider";

const RESOURCE = "urn:sncgate:test";
const GROUPS = { alice: ["desk"], root: ["gateway-admins"], worker: ["desk"] };

let keys = [];
let provider;
let down = false;
const counts = { discovery: 0, jwks: 0 };

async function newKey(alg) {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(pair.privateKey);
  return { ...jwk, alg, use: "sig", kid: await calculateJwkThumbprint(jwk) };
}

function start(issuer) {
  provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: "worker",
        id_token_signed_response_alg: keys[0].alg,
        client_secret: "of the worker",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: "page",
        id_token_signed_response_alg: keys[0].alg,
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code"],
        redirect_uris: ["http://127.0.0.1/back"],
        response_types: ["code"],
        application_type: "native",
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope: "records",
          audience: resource === RESOURCE ? "sncgate" : resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: keys[0].alg } },
        }),
      },
    },
    claims: { openid: ["sub"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (_, token) => {
      const who = token.accountId ?? token.clientId;
      return { groups: GROUPS[who] ?? [], preferred_username: who, name: `The ${who}` };
    },
  });
}

const json = (response, value, status = 200) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
};

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

// The authorization code flow with PKCE, as a browser would go through it.
async function signIn(issuer, login) {
  const verifier = randomBytes(32).toString("base64url");
  const cookies = new Map();
  const hop = async (url, form) => {
    const answer = await fetch(url, {
      redirect: "manual",
      method: form ? "POST" : "GET",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(name, value);
    }
    await answer.text();
    const next = answer.headers.get("location");
    return next && new URL(next, url).href;
  };
  const query = new URLSearchParams({
    client_id: "page",
    response_type: "code",
    redirect_uri: "http://127.0.0.1/back",
    scope: "openid records",
    resource: RESOURCE,
    nonce: "n",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  let at = await hop(`${issuer}/auth?${query}`);
  for (let hops = 0; at && !at.startsWith("http://127.0.0.1/back") && hops < 10; hops += 1) {
    const page = /\/interaction\//.test(at);
    const prompt = hops < 2 ? { prompt: "login", login, password: "any" } : { prompt: "consent" };
    at = await hop(at, page ? prompt : undefined);
  }
  const code = new URL(at).searchParams.get("code");
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: "page",
      code,
      redirect_uri: "http://127.0.0.1/back",
      code_verifier: verifier,
      resource: RESOURCE,
    }),
  });
  return answer.json();
}

const switches = {
  // How often the discovery document and the keys were asked for.
  counts: () => counts,
  // Every address answers 503, or no longer.
  down: ({ down: value }) => ({ down: (down = value) }),
  // New keys; the old ones are published on where `keep` says so.
  rotate: async ({ alg = "ES256", keep = false }, issuer) => {
    keys = [await newKey(alg), ...(keep ? keys : [])];
    start(issuer);
    return { kid: keys[0].kid };
  },
  // Any token at all, signed with the key that is in use now.
  sign: async ({ header, payload }) => {
    const key = await importJWK(keys[0], keys[0].alg);
    return { token: await new SignJWT(payload).setProtectedHeader({ alg: keys[0].alg, kid: keys[0].kid, ...header }).sign(key) };
  },
  "sign-in": ({ login }, issuer) => signIn(issuer, login),
};

const server = createServer(async (request, response) => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const path = request.url.split("?")[0];
  try {
    const turn = path.startsWith("/-/") && switches[path.slice(3)];
    if (turn) return json(response, await turn(await body(request), issuer));
    if (path === "/.well-known/openid-configuration") counts.discovery += 1;
    if (path === "/jwks") counts.jwks += 1;
    if (down) return json(response, { error: "down" }, 503);
    await provider.callback()(request, response);
  } catch (error) {
    json(response, { error: String(error) }, 500);
  }
});
server.listen(0, "127.0.0.1", async () => {
  keys = [await newKey("RS256")];
  const issuer = `http://127.0.0.1:${server.address().port}`;
  start(issuer);
  console.log(JSON.stringify({ issuer }));
});
// It ends with the test that started it.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
