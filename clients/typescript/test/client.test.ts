import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ConnectError, createRouterTransport } from "@connectrpc/connect";
import { Backoff } from "../src/backoff.js";
import { newId } from "../src/calls.js";
import { ErrorInfoSchema, RetryInfoSchema } from "../src/generated/google/rpc/error_details_pb.js";
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
