/** Runs clients/scenarios.json with a client, in Node or in a browser. */
import { create, type DescMessage, fromJson, type JsonObject, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { Client, Code, pb, SncgateError } from "../src/index.js";

type Json = any;

interface Step {
  do: string;
  with: Record<string, Json>;
  as?: string;
  expect?: Json;
  fails?: Json;
}

export interface Document {
  clients: string[];
  scenarios: { name: string; skip?: Record<string, string>; steps: Step[] }[];
}

/** Reports a line for each scenario, and returns how many failed. */
export async function runAll(
  client: Client,
  name: string,
  document: Document,
  report: (line: string) => void,
): Promise<number> {
  let [passed, failed, skipped] = [0, 0, 0];
  for (const scenario of document.scenarios) {
    const reason = scenario.skip?.[name];
    if (reason) {
      report(`skip  ${scenario.name}: ${reason}`);
      skipped += 1;
      continue;
    }
    const known: Json = { client: name, client_id: String(document.clients.indexOf(name)).padStart(12, "0") };
    try {
      for (const [index, step] of scenario.steps.entries()) {
        await run(client, step, `step ${index + 1}, ${step.do}`, known);
      }
      report(`ok    ${scenario.name}`);
      passed += 1;
    } catch (error) {
      report(`FAIL  ${scenario.name}: ${error}`);
      failed += 1;
    }
  }
  report(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed;
}

async function run(client: Client, step: Step, what: string, known: Json): Promise<void> {
  const { instance, deadline_ms: deadlineMs, ...args } = filled(step.with, known);
  if (instance !== undefined) client = client.withOptions({ instance });
  if (deadlineMs !== undefined) client = client.withOptions({ deadlineMs });
  let answer: Json;
  try {
    answer = await METHODS[step.do]!(client, args);
  } catch (error) {
    if (!(error instanceof SncgateError) || step.fails === undefined) {
      throw new Error(`${what}: ${error instanceof SncgateError ? Code[error.code] : ""} ${error}`);
    }
    return compare(filled(step.fails, known), told(error), what);
  }
  if (step.fails !== undefined) {
    throw new Error(`${what}: did not fail, but returned ${JSON.stringify(answer).slice(0, 500)}`);
  }
  if (step.as !== undefined) known[step.as] = answer;
  if (step.expect !== undefined) compare(filled(step.expect, known), answer, what);
}

function told(error: SncgateError): Json {
  const { reason, message, metadata, retryable } = error;
  const code = Code[error.code].replace(/(?<!^)([A-Z])/g, "_$1").toUpperCase();
  return { code, reason, message, metadata, retryable, violations: error.violations.map(({ field }) => field) };
}

// Placeholders and comparisons

function filled(value: Json, known: Json): Json {
  if (Array.isArray(value)) return value.map((one) => filled(one, known));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, known)]));
  }
  if (typeof value !== "string") return value;
  const whole = /^\$\{([^}]+)\}$/.exec(value);
  if (whole) return found(whole[1]!, known);
  return value.replace(/\$\{([^}]+)\}/g, (_, path: string) => String(found(path, known)));
}

function found(path: string, known: Json): Json {
  return path.split(".").reduce((here, key) => here?.[key], known);
}

function compare(expected: Json, actual: Json, where: string): void {
  const check = (holds: boolean, wanted: Json = expected) => {
    if (holds) return;
    const got = JSON.stringify(actual)?.slice(0, 500);
    throw new Error(`${where}: expected ${JSON.stringify(wanted)}, got ${got}`);
  };
  if (Array.isArray(expected)) {
    check((actual ?? []).length === expected.length);
    expected.forEach((one, index) => compare(one, actual[index], `${where}.${index}`));
  } else if (typeof expected !== "object" || expected === null) {
    check((expected || null) === (actual || null));
  } else if ("$length" in expected) {
    check((actual ?? []).length === expected["$length"]);
  } else if ("$matches" in expected) {
    check(typeof actual === "string" && new RegExp(expected["$matches"]).test(actual));
  } else if ("$not" in expected) {
    check(JSON.stringify(actual) !== JSON.stringify(expected["$not"]));
  } else if ("$has" in expected) {
    for (const one of expected["$has"]) check((actual ?? []).some((item: Json) => matches(one, item)), one);
  } else {
    check(actual === undefined || actual === null || (typeof actual === "object" && !Array.isArray(actual)));
    for (const [key, one] of Object.entries(expected)) compare(one, actual?.[key], `${where}.${key}`);
  }
}

function matches(expected: Json, actual: Json): boolean {
  try {
    compare(expected, actual, "");
    return true;
  } catch {
    return false;
  }
}

// What `do` names

/** The fields of a request that the list sets, as the client takes them. */
function init<D extends DescMessage>(schema: D, args: Record<string, Json>): Json {
  const message = fromJson(schema, args as JsonValue) as Json;
  const isSet = ([key, value]: [string, Json]) => !key.startsWith("$") && value !== "";
  return Object.fromEntries(Object.entries(message).filter(isSet));
}

function plain(message: Message): JsonObject {
  const schema = SCHEMAS.get(message.$typeName);
  if (!schema) throw new Error(`no schema of ${message.$typeName}`);
  return toJson(schema, message, { useProtoFieldName: true }) as JsonObject;
}

const SCHEMAS = new Map<string, DescMessage>(
  Object.values(pb)
    .filter((one): one is Json => (one as Json).kind === "message")
    .map((schema: DescMessage) => [schema.typeName, schema]),
);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function many(messages: AsyncIterable<{ matched: bigint; results: pb.OperationResult[] }>): Promise<Json> {
  const all = await collect(messages);
  return { matched: String(all[0]?.matched), results: all.flatMap(({ results }) => results.map(plain)) };
}

async function sha256(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const METHODS: Record<string, (client: Client, args: Json) => Promise<Json>> = {
  async get(client, { table, sys_id, ...more }) {
    return plain(await client.get(table, sys_id, init(pb.GetRecordRequestSchema, more)));
  },
  async list(client, { table, query, ...more }) {
    const pages = await collect(client.listPages(table, asQuery(query), init(pb.ListRecordsRequestSchema, more)));
    return {
      sizes: pages.map(({ records }) => records.length),
      total: String(pages.at(-1)?.totalSize),
      records: pages.flatMap(({ records }) => records.map(plain)),
    };
  },
  async stream(client, { table, query, pages: wanted, ...more }) {
    const pages: pb.StreamRecordsResponse[] = [];
    const stream = client.streamPages(table, asQuery(query), init(pb.StreamRecordsRequestSchema, more));
    for await (const page of stream) {
      pages.push(page);
      if (pages.length === wanted) break;
    }
    const ids = pages.flatMap(({ records }) => records.map(({ sysId }) => sysId));
    return {
      count: ids.length,
      unique: new Set(ids).size,
      first: ids[0],
      last: ids.at(-1),
      resume_token: pages.at(-1)?.resumeToken,
      sent: String(pages.at(-1)?.sent),
    };
  },
  count: (client, { table, query }) => client.count(table, asQuery(query)),
  async create(client, { table, fields, ...more }) {
    return plain(await client.create(table, fields, init(pb.CreateRecordRequestSchema, more)));
  },
  async update(client, { table, sys_id, fields, ...more }) {
    return plain(await client.update(table, sys_id, fields, init(pb.UpdateRecordRequestSchema, more)));
  },
  async delete(client, { table, sys_id, ...more }) {
    await client.delete(table, sys_id, init(pb.DeleteRecordRequestSchema, more));
    return {};
  },
  async aggregate(client, { table, ...more }) {
    const groups = await client.aggregate(table, init(pb.AggregateRecordsRequestSchema, more));
    return { groups: groups.map(plain) };
  },
  async create_many(client, { table, records }) {
    return { results: (await client.createMany(table, records)).map(plain) };
  },
  update_many: (client, { table, query, fields, ...more }) =>
    many(client.updateMany(table, asQuery(query), fields, init(pb.UpdateRecordsRequestSchema, more))),
  delete_many: (client, { table, query, ...more }) =>
    many(client.deleteMany(table, asQuery(query), init(pb.DeleteRecordsRequestSchema, more))),
  async batch(client, { operations }) {
    const messages: pb.Operation[] = operations.map((one: JsonValue) => fromJson(pb.OperationSchema, one));
    const results = await collect(client.batch(messages));
    return { results: results.sort((a, b) => (a.id < b.id ? -1 : 1)).map(plain) };
  },
  async import(client, { table, rows }) {
    return { results: (await collect(client.importRows(table, rows))).map(plain) };
  },
  async upload(client, { table, sys_id, text, pattern, ...more }) {
    const content =
      text === undefined ? Uint8Array.from({ length: pattern }, (_, i) => i % 251) : new TextEncoder().encode(text);
    return plain(await client.upload(table, sys_id, content, init(pb.UploadHeaderSchema, more)));
  },
  async download(client, { sys_id, offset = 0 }) {
    const chunks = await collect(client.download(sys_id, { offset: BigInt(offset) }));
    const content = new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    return { size: content.byteLength, sha256: await sha256(content) };
  },
  async attachment(client, { sys_id }) {
    return plain(await client.attachment(sys_id));
  },
  async attachments(client, { table, sys_id }) {
    return { attachments: (await collect(client.attachments(table, sys_id))).map(plain) };
  },
  async delete_attachment(client, { sys_id, allow_missing }) {
    await client.deleteAttachment(sys_id, allow_missing === undefined ? {} : { allowMissing: allow_missing });
    return {};
  },
  async add_comment(client, { table, sys_id, text }) {
    return plain(await client.addComment(table, sys_id, text));
  },
  async add_work_note(client, { table, sys_id, text }) {
    return plain(await client.addWorkNote(table, sys_id, text));
  },
  async journal(client, { table, sys_id, ...more }) {
    const entries = await collect(client.journal(table, sys_id, init(pb.ListJournalRequestSchema, more)));
    return { entries: entries.map(plain) };
  },
  async tables(client, { contains }) {
    return { tables: (await collect(client.tables(contains))).map(plain) };
  },
  async schema(client, { table }) {
    return plain(await client.schema(table));
  },
  async explain(client, { table, query }) {
    return plain(await client.explain(table, asQuery(query)));
  },
  async operators(client) {
    return { operators: (await client.operators()).map(plain) };
  },
  async session(client, { username, password }) {
    const { client: signedIn, login } = await client.login(username, password);
    const who = (await signedIn.whoAmI()).username;
    let kept = 0;
    const refreshToken = login.tokens?.refreshToken ?? "";
    const other = new Client(client.transport, { refreshToken, keep: () => (kept += 1) }, client.streamsRequests);
    const resumed = (await other.whoAmI()).username;
    const ended = await other.logout();
    const after = await refusal(other);
    const first = await refusal(signedIn);
    return { who, password_change_required: login.passwordChangeRequired, resumed, kept, ended, after, first };
  },
  async create_task(client, { task, request_id }) {
    return plain(await client.tasks.create(fromJson(pb.TaskSchema, task), request_id ? { requestId: request_id } : {}));
  },
  async task(client, { id }) {
    return plain(await client.tasks.get(id));
  },
  async tasks(client, { filter }) {
    return { tasks: (await collect(client.tasks.list(fromJson(pb.TaskFilterSchema, filter)))).map(plain) };
  },
  async wait_for_task(client, { id }) {
    return plain(await client.tasks.wait(id));
  },
  async cancel_task(client, { id }) {
    return plain(await client.tasks.cancel(id));
  },
  async delete_task(client, { id }) {
    await client.tasks.delete(id);
    return {};
  },
  async info(client) {
    return plain(await client.info());
  },
};

async function refusal(client: Client): Promise<string> {
  return client.whoAmI().then(() => "", (error) => SncgateError.from(error).reason);
}

function asQuery(query: JsonValue | undefined): pb.Query {
  return query === undefined ? create(pb.QuerySchema) : fromJson(pb.QuerySchema, query);
}
