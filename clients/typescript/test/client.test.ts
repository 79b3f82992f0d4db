import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { create } from "@bufbuild/protobuf";
import { ConnectError, createRouterTransport } from "@connectrpc/connect";
import { Backoff } from "../src/backoff.js";
import { newId } from "../src/calls.js";
import { ErrorInfoSchema, RetryInfoSchema } from "../src/generated/google/rpc/error_details_pb.js";
import { Session } from "../src/session.js";
import { anyOf, Client, Code, condition, pb, SncgateError, TransportError, where } from "../src/index.js";

function failed(code: Code, reason: string, seconds?: number): SncgateError {
  const details = [];
  if (reason !== "") {
    const value = { reason, domain: "sncgate", metadata: { resume_token: "abc" } };
    details.push({ desc: ErrorInfoSchema, value });
  }
  if (seconds !== undefined) {
    details.push({ desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(seconds), nanos: 5e8 } } });
  }
  return new SncgateError(new ConnectError("It failed.", code, undefined, details as never));
}

test("details are read", () => {
  const error = failed(Code.ResourceExhausted, "INSTANCE_RATE_LIMITED", 7);
  assert.equal(error.reason, "INSTANCE_RATE_LIMITED");
  assert.equal(error.retryAfterMs, 7500);
  assert.equal(error.resumeToken, "abc");
  assert.equal(error.message, "It failed. (INSTANCE_RATE_LIMITED)");
  assert.equal(error.resumable("def").resumeToken, "def");
});

test("says what may go well later", () => {
  const cases: [Code, string, number | undefined, boolean][] = [
    [Code.Unavailable, "INSTANCE_UNAVAILABLE", undefined, true],
    [Code.Unavailable, "INSTANCE_HIBERNATING", undefined, false],
    [Code.ResourceExhausted, "INSTANCE_BUSY", 1, true],
    [Code.ResourceExhausted, "INSTANCE_BUSY", undefined, false],
    [Code.Internal, "INTERNAL", undefined, false],
    [Code.Internal, "", undefined, true],
    [Code.Aborted, "ETAG_MISMATCH", undefined, false],
    [Code.NotFound, "RECORD_UNKNOWN", undefined, false],
  ];
  for (const [code, reason, wait, expected] of cases) {
    assert.equal(failed(code, reason, wait).retryable, expected, `${Code[code]} ${reason}`);
  }
});

test("pauses grow to a bound and end", () => {
  const backoff = new Backoff(8);
  for (let attempt = 0; attempt < 8; attempt++) {
    const pause = backoff.next();
    assert.ok(pause !== undefined && pause <= Math.min(200 * 2 ** attempt, 5000));
  }
  assert.equal(backoff.next(), undefined);
  backoff.reset();
  assert.ok(backoff.next(3000)! >= 3000);
  assert.equal(backoff.next(3_600_000), undefined);
  assert.equal(backoff.next(3000, 10), undefined);
});

test("ids are UUIDs of version four", () => {
  assert.match(newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("clauses become a tree", () => {
  const query = where([anyOf(condition("a", pb.Operator.IS, "1"), condition("b", pb.Operator.IS_EMPTY))]);
  assert.ok(query.filter.case === "tree");
  assert.equal(query.filter.value.groups[0]?.clauses[0]?.anyOf.length, 2);
});

/** Breaks each stream after two pages, and refuses the first creation. */
function flaky(retries = 5) {
  const tokens: string[] = [];
  const ids: string[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(pb.RecordService, {
      async *streamRecords({ resumeToken }) {
        tokens.push(resumeToken);
        const begin = Number(resumeToken);
        for (let page = begin; page < Math.min(begin + 2, 5); page++) {
          yield create(pb.StreamRecordsResponseSchema, {
            records: [{ sysId: String(page) }],
            resumeToken: String(page + 1),
          });
        }
        if (begin + 2 < 5) throw new ConnectError("cut", Code.Unavailable);
      },
      createRecord({ requestId }) {
        if (ids.push(requestId) === 1) throw new ConnectError("once", Code.Unavailable);
        return { record: { sysId: "made" } };
      },
    });
  });
  return { tokens, ids, client: new Client(transport, { retries }, false) };
}

test("a stream that breaks is resumed", async () => {
  const { client, tokens } = flaky();
  const ids: string[] = [];
  for await (const { sysId } of client.stream("incident")) ids.push(sysId);
  assert.deepEqual(ids, ["0", "1", "2", "3", "4"]);
  assert.deepEqual(tokens, ["", "2", "4"]);
});

test("without retries the error has the token", async () => {
  const pages = flaky(0).client.streamPages("incident");
  await assert.rejects(async () => { for await (const _ of pages); }, { resumeToken: "2", code: Code.Unavailable });
});

test("a create is repeated with its request id", async () => {
  const { client, ids } = flaky();
  assert.equal((await client.create("incident", { a: "b" })).sysId, "made");
  assert.equal(ids[0], ids[1]);
});

test("a browser's client refuses to stream requests", async () => {
  const { client } = flaky();
  await assert.rejects(client.upload("incident", "1", new Uint8Array(), { fileName: "a" }), TransportError);
});

/** Takes only the newest access token; each sign-in and refresh gives the next pair. */
function door() {
  const state = { count: 0, refreshes: 0, lost: 0, closed: false, lifetime: 600, kept: [] as string[] };
  const tokens = () => {
    state.count += 1;
    const expires = { seconds: BigInt(Math.floor(Date.now() / 1000) + state.lifetime), nanos: 0 };
    return {
      accessToken: `access ${state.count}`,
      refreshToken: `refresh ${state.count}`,
      accessExpireTime: expires,
    };
  };
  const refuse = (reason: string) => {
    const value = { reason, domain: "sncgate", metadata: {} };
    return new ConnectError("It failed.", Code.Unauthenticated, undefined, [{ desc: ErrorInfoSchema, value }]);
  };
  const check = (headers: Headers) => {
    if (headers.get("authorization") !== `Bearer access ${state.count}`) throw refuse("TOKEN_EXPIRED");
  };
  const transport = createRouterTransport(({ service }) => {
    service(pb.AuthService, {
      login: () => ({ tokens: tokens() }),
      refresh({ refreshToken }) {
        state.refreshes += 1;
        if (state.lost-- > 0) throw new ConnectError("cut", Code.Unavailable);
        if (state.closed || refreshToken !== `refresh ${state.count}`) throw refuse("TOKEN_REVOKED");
        return { tokens: tokens() };
      },
    });
    service(pb.RecordService, {
      createRecord(_, { requestHeader }) {
        check(requestHeader);
        return { record: { sysId: "made" } };
      },
      async *streamRecords(_, { requestHeader }) {
        check(requestHeader);
        yield create(pb.StreamRecordsResponseSchema, { records: [{ sysId: "1" }], resumeToken: "1" });
      },
    });
  });
  const keep = ({ refreshToken }: pb.Tokens) => void state.kept.push(refreshToken);
  return { state, keep, tokens, client: new Client(transport) };
}

async function makeMany(client: Client): Promise<void> {
  const made = await Promise.all(Array.from({ length: 20 }, () => client.create("incident", {})));
  assert.ok(made.every(({ sysId }) => sysId === "made"));
}

test("a token that is about to expire is refreshed first, and once", async () => {
  const { client, state, keep } = door();
  state.lifetime = 10;
  const signedIn = (await client.login("alice", "secret", { keep })).client;
  state.lifetime = 600;
  await makeMany(signedIn);
  assert.deepEqual([state.refreshes, state.kept], [1, ["refresh 2"]]);
});

test("a refresh token is enough, and a session that ended is not tried again and again", async () => {
  const { client, state, keep, tokens } = door();
  tokens();
  const signedIn = new Client(client.transport, { refreshToken: "refresh 1", keep });
  await makeMany(signedIn.withOptions({ deadlineMs: 1000 }));
  assert.deepEqual([state.refreshes, state.kept], [1, ["refresh 2"]]);
  state.closed = true;
  state.count = 7; // its access token is refused, too
  await assert.rejects(signedIn.create("incident", {}), { reason: "TOKEN_REVOKED" });
  assert.equal(state.refreshes, 2);
});

test("an expired token is replaced once, by calls and by streams", async () => {
  for (const call of [makeMany, readAll]) {
    const { state, keep, tokens, client } = door();
    const { accessExpireTime } = tokens();
    const stale = create(pb.TokensSchema, { accessToken: "old", refreshToken: "refresh 1", accessExpireTime });
    await call(new Client(client.transport, {}, true, Session.of(stale, keep)));
    assert.deepEqual([state.refreshes, state.kept], [1, ["refresh 2"]]);
  }
});

async function readAll(client: Client): Promise<void> {
  const ids: string[] = [];
  for await (const { sysId } of client.stream("incident")) ids.push(sysId);
  assert.deepEqual(ids, ["1"]);
}

test("an answer that is lost is asked for again", async () => {
  const { client, state, tokens } = door();
  tokens();
  state.lost = 1;
  await makeMany(new Client(client.transport, { refreshToken: "refresh 1" }));
  assert.equal(state.refreshes, 2);
});

test("nothing prints a token", async () => {
  const { client } = door();
  const signedIn = (await client.login("alice", "secret")).client;
  assert.ok(!inspect([signedIn, new Client(client.transport, { token: "access 1" })], { depth: 9 }).includes("access 1"));
});
