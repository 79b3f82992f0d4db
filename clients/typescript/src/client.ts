import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, createClient, type CallOptions, type Client as Stub, type Transport } from "@connectrpc/connect";
import { Calls, newId, type CallControls, type ClientOptions } from "./calls.js";
import { Received, Sent, sizeOf, type Source } from "./content.js";
import { SncgateError, TransportError } from "./error.js";
import * as pb from "./pb.js";
import { toQuery, type QueryLike } from "./query.js";
import { type Keep, Session } from "./session.js";
import { Tasks } from "./tasks.js";

type Init<T extends Parameters<typeof create>[0]> = Omit<MessageInitShape<T>, "$typeName" | "$unknown">;
/** More fields of a request. */
type More<T extends Parameters<typeof create>[0], K extends string> = Omit<Init<T>, K> & CallControls;

/** A connection to a gateway. It keeps no state but its transport; every method throws {@link SncgateError}. */
export class Client {
  /** The stubs: the way down, for what this client does not cover. They send `headers` only where they are told to. */
  readonly stubs: {
    readonly auth: Stub<typeof pb.AuthService>;
    readonly records: Stub<typeof pb.RecordService>;
    readonly attachments: Stub<typeof pb.AttachmentService>;
    readonly batch: Stub<typeof pb.BatchService>;
    readonly imports: Stub<typeof pb.ImportService>;
    readonly journal: Stub<typeof pb.JournalService>;
    readonly queries: Stub<typeof pb.QueryService>;
    readonly schema: Stub<typeof pb.SchemaService>;
    readonly system: Stub<typeof pb.SystemService>;
    readonly tasks: Stub<typeof pb.TaskService>;
  };
  /** Work in the background. */
  readonly tasks: Tasks;
  readonly #calls: Calls;
  /** As given, but the credential. */
  readonly options: Omit<ClientOptions, "token" | "refreshToken" | "keep">;

  /** `streamsRequests` says whether the transport can stream to the gateway: grpc-web from a browser cannot. */
  constructor(
    readonly transport: Transport,
    { token, refreshToken, keep, ...options }: ClientOptions = {},
    readonly streamsRequests = true,
    session = new Session(token, refreshToken, keep),
  ) {
    this.options = options;
    this.#calls = new Calls(transport, options, session);
    this.stubs = {
      auth: createClient(pb.AuthService, transport),
      records: createClient(pb.RecordService, transport),
      attachments: createClient(pb.AttachmentService, transport),
      batch: createClient(pb.BatchService, transport),
      imports: createClient(pb.ImportService, transport),
      journal: createClient(pb.JournalService, transport),
      queries: createClient(pb.QueryService, transport),
      schema: createClient(pb.SchemaService, transport),
      system: createClient(pb.SystemService, transport),
      tasks: createClient(pb.TaskService, transport),
    };
    this.tasks = new Tasks(this.stubs.tasks, this.#calls);
  }

  /** The same connection with other options. */
  withOptions(options: ClientOptions): Client {
    const own = options.token !== undefined || options.refreshToken !== undefined;
    const session = own ? undefined : this.#calls.session;
    return new Client(this.transport, { ...this.options, ...options }, this.streamsRequests, session);
  }

  /** The token and the metadata, as headers for calls of the stubs; `prepare` comes before. */
  get headers(): Record<string, string> {
    return { ...this.#calls.headers };
  }

  // Signing in

  /**
   * Opens a session; the client that comes back uses it, and keeps it alive. Both share one connection. `keep` gets the
   * session's next tokens whenever there are some: the last refresh token is the one that counts, and with it another
   * program goes on (`connect(url, { refreshToken, keep })`).
   */
  async login(
    username: string,
    password: string,
    { keep, ...more }: More<typeof pb.LoginRequestSchema, "username" | "password"> & { keep?: Keep } = {},
  ): Promise<{ client: Client; login: pb.LoginResponse }> {
    const { controls, fields } = split(more);
    const request = { ...fields, username, password };
    const login = await this.withOptions({ token: "" }).#calls.unary(
      (o) => this.stubs.auth.login(request, o),
      controls,
      false,
    );
    const session = Session.of(some(login.tokens), keep);
    return { client: new Client(this.transport, this.options, this.streamsRequests, session), login };
  }

  /** Who this client is to the gateway. */
  whoAmI(controls: CallControls = {}) {
    return this.#calls.unary((o) => this.stubs.auth.whoAmI({}, o), controls);
  }

  /** Ends this client's session, or all of its user; how many. */
  async logout({ allSessions = false, ...controls }: { allSessions?: boolean } & CallControls = {}): Promise<number> {
    return (await this.#calls.unary((o) => this.stubs.auth.logout({ allSessions }, o), controls)).ended;
  }

  /** Makes sure that the session's token is good for a while; the client's own methods do it by themselves. */
  prepare(): Promise<void> {
    return this.#calls.prepare();
  }

  // Records

  /** One record; all columns and values as stored, unless asked otherwise. */
  async get(table: string, sysId: string, more: More<typeof pb.GetRecordRequestSchema, "table" | "sysId"> = {}) {
    const { controls, fields } = split(more);
    const request = { ...this.#own, ...fields, table, sysId };
    return some((await this.#calls.unary((o) => this.stubs.records.getRecord(request, o), controls)).record);
  }

  /**
   * All records of a query, page by page, in any order: rows that come or go meanwhile may move over a page's edge;
   * `stream` has no such gap.
   */
  async *list(
    table: string,
    query: QueryLike = {},
    more: More<typeof pb.ListRecordsRequestSchema, "table" | "query"> = {},
  ) {
    for await (const page of this.listPages(table, query, more)) yield* page.records;
  }

  /** `list` by the page, with the total and the token of the next page. */
  listPages(
    table: string,
    query: QueryLike = {},
    more: More<typeof pb.ListRecordsRequestSchema, "table" | "query"> = {},
  ): AsyncGenerator<pb.ListRecordsResponse> {
    const { controls, fields } = split(more);
    const request = { ...this.#own, ...fields, table, query: toQuery(query) };
    const send = (pageToken: string, o: CallOptions) =>
      this.stubs.records.listRecords({ ...request, pageToken }, o);
    return this.#calls.pages(fields.pageToken ?? "", send, controls);
  }

  /**
   * All records of a query in sys_id order, each exactly once whatever is inserted or deleted meanwhile. A connection
   * that breaks is resumed after the last page; the stream fails when that does not help, and the error has the token
   * to go on from later.
   */
  async *stream(
    table: string,
    query: QueryLike = {},
    more: More<typeof pb.StreamRecordsRequestSchema, "table" | "query"> = {},
  ) {
    for await (const page of this.streamPages(table, query, more)) yield* page.records;
  }

  /** `stream` by the page, each with the token that goes on after it. */
  async *streamPages(
    table: string,
    query: QueryLike = {},
    more: More<typeof pb.StreamRecordsRequestSchema, "table" | "query"> = {},
  ): AsyncGenerator<pb.StreamRecordsResponse> {
    const { controls, fields } = split(more);
    const request = create(pb.StreamRecordsRequestSchema, {
      ...this.#own,
      ...fields,
      table,
      query: toQuery(query),
    });
    try {
      for await (const page of this.#calls.resuming((o) => this.stubs.records.streamRecords(request, o), controls)) {
        request.resumeToken = page.resumeToken;
        yield page;
      }
    } catch (thrown) {
      throw SncgateError.from(thrown).resumable(request.resumeToken);
    }
  }

  /** Creates a record, and returns it as it is after the instance's rules ran. */
  async create(
    table: string,
    fields: Record<string, string>,
    more: More<typeof pb.CreateRecordRequestSchema, "table" | "fields"> = {},
  ) {
    const { controls, fields: rest } = split(more);
    const request = { ...this.#own, requestId: newId(), ...rest, table, fields };
    return some((await this.#calls.unary((o) => this.stubs.records.createRecord(request, o), controls)).record);
  }

  /** Changes these fields; with a record's etag only if nobody else has changed it (ETAG_MISMATCH). */
  async update(
    table: string,
    sysId: string,
    fields: Record<string, string>,
    more: More<typeof pb.UpdateRecordRequestSchema, "table" | "sysId" | "fields"> = {},
  ) {
    const { controls, fields: rest } = split(more);
    const request = { ...this.#own, requestId: newId(), ...rest, table, sysId, fields };
    return some((await this.#calls.unary((o) => this.stubs.records.updateRecord(request, o), controls)).record);
  }

  /** Deletes a record. */
  async delete(
    table: string,
    sysId: string,
    more: More<typeof pb.DeleteRecordRequestSchema, "table" | "sysId"> = {},
  ): Promise<void> {
    const { controls, fields } = split(more);
    const request = { ...this.#own, requestId: newId(), ...fields, table, sysId };
    await this.#calls.unary((o) => this.stubs.records.deleteRecord(request, o), controls);
  }

  /** How many records a query finds. */
  async count(table: string, query: QueryLike = {}, controls: CallControls = {}): Promise<number> {
    const groups = await this.aggregate(table, { query: toQuery(query), count: true, ...controls });
    return Number(groups[0]?.count ?? 0n);
  }

  /** Numbers about groups of records, or about all. */
  async aggregate(table: string, more: More<typeof pb.AggregateRecordsRequestSchema, "table">) {
    const { controls, fields } = split(more);
    const request = { ...this.#own, ...fields, table };
    return (await this.#calls.unary((o) => this.stubs.records.aggregateRecords(request, o), controls)).groups;
  }

  // Many records

  /** Creates up to 1000 records, each with its own result, in their order; `batch` takes any number. */
  async createMany(
    table: string,
    records: Iterable<Record<string, string>>,
    more: More<typeof pb.CreateRecordsRequestSchema, "table" | "records"> = {},
  ) {
    const { controls, fields: rest } = split(more);
    const values = Array.from(records, (fields) => ({ fields }));
    const request = { ...this.#own, requestId: newId(), ...rest, table, records: values };
    return (await this.#calls.unary((o) => this.stubs.records.createRecords(request, o), controls)).results;
  }

  /**
   * Sets the same fields in every record of a query. Each message says how many match, and the results as they come.
   * It is not sent again: a stream that broke has written some.
   */
  updateMany(
    table: string,
    query: QueryLike,
    fields: Record<string, string>,
    more: More<typeof pb.UpdateRecordsRequestSchema, "table" | "query" | "fields">,
  ): AsyncGenerator<pb.UpdateRecordsResponse> {
    const { controls, fields: rest } = split(more);
    const request = { ...this.#own, ...rest, table, query: toQuery(query), fields };
    return this.#calls.once((o) => this.stubs.records.updateRecords(request, o), controls);
  }

  /** Deletes every record of a query; see `updateMany`. */
  deleteMany(
    table: string,
    query: QueryLike,
    more: More<typeof pb.DeleteRecordsRequestSchema, "table" | "query">,
  ): AsyncGenerator<pb.DeleteRecordsResponse> {
    const { controls, fields } = split(more);
    const request = { ...this.#own, ...fields, table, query: toQuery(query) };
    return this.#calls.once((o) => this.stubs.records.deleteRecords(request, o), controls);
  }

  /**
   * Runs operations and gives one result for each, as it comes, in any order. An operation's failure is in its result.
   * Throws {@link TransportError} in a browser.
   */
  async *batch(operations: AnyIterable<Init<typeof pb.OperationSchema>>, controls: CallControls = {}) {
    this.#needsStreaming("batch");
    const { instance } = this.#own;
    async function* requests() {
      for await (const operation of operations) {
        yield create(pb.ExecuteBatchRequestSchema, { instance, operations: [operation] });
      }
    }
    const answers = this.#calls.once((o) => this.stubs.batch.executeBatch(requests(), o), controls);
    for await (const answer of answers) yield* answer.results;
  }

  /**
   * Puts rows into a staging table and gives one result for each, in their order. Throws {@link TransportError} in a
   * browser.
   */
  async *importRows(table: string, rows: AnyIterable<Record<string, string>>, controls: CallControls = {}) {
    this.#needsStreaming("importRows");
    const { instance } = this.#own;
    async function* requests() {
      // Without rows too: the table is then checked all the same.
      yield create(pb.ImportRowsRequestSchema, { instance, table });
      for await (const fields of rows) yield create(pb.ImportRowsRequestSchema, { rows: [{ fields }] });
    }
    const answers = this.#calls.once((o) => this.stubs.imports.importRows(requests(), o), controls);
    for await (const answer of answers) yield* answer.results;
  }

  // Attachments

  /** The attachments of a record, of a table, or all, in sys_id order. */
  async *attachments(
    table = "",
    recordSysId = "",
    more: More<typeof pb.ListAttachmentsRequestSchema, "table" | "recordSysId"> = {},
  ) {
    const { controls, fields } = split(more);
    const request = { ...this.#own, ...fields, table, recordSysId };
    const send = (pageToken: string, o: CallOptions) =>
      this.stubs.attachments.listAttachments({ ...request, pageToken }, o);
    for await (const page of this.#calls.pages(fields.pageToken ?? "", send, controls)) yield* page.attachments;
  }

  /** What is known of an attachment. */
  async attachment(sysId: string, controls: CallControls = {}) {
    const request = { ...this.#own, sysId };
    const answer = await this.#calls.unary((o) => this.stubs.attachments.getAttachment(request, o), controls);
    return some(answer.attachment);
  }

  /**
   * Attaches content to a record. Never sent again; a stream that breaks leaves no attachment behind. Throws
   * {@link TransportError} in a browser.
   */
  async upload(
    table: string,
    recordSysId: string,
    source: Source,
    more: More<typeof pb.UploadHeaderSchema, "table" | "recordSysId"> & { fileName: string },
  ): Promise<pb.Attachment> {
    this.#needsStreaming("upload");
    const { controls, fields } = split(more);
    const size = sizeOf(source);
    const known = size === undefined ? {} : { sizeBytes: size };
    const header = create(pb.UploadHeaderSchema, { ...this.#own, ...known, ...fields, table, recordSysId });
    const sent = new Sent();
    const send = (o: CallOptions) => this.stubs.attachments.uploadAttachment(sent.messages(header, source), o);
    const bounded = { deadlineMs: this.options.streamDeadlineMs ?? Infinity, ...controls };
    return sent.checked(some((await this.#calls.unary(send, bounded, false)).attachment));
  }

  /**
   * The content of an attachment in chunks. A connection that breaks is resumed at the first byte that is missing; size
   * and hash are verified at the end.
   */
  async *download(
    sysId: string,
    { offset = 0n, ...controls }: { offset?: bigint } & CallControls = {},
  ): AsyncGenerator<Uint8Array, pb.Attachment> {
    const received = new Received(offset);
    const open = (o: CallOptions) =>
      this.stubs.attachments.downloadAttachment({ ...this.#own, sysId, offset: received.offset }, o);
    for await (const message of this.#calls.resuming(open, controls)) {
      const chunk = received.take(message);
      if (chunk) yield chunk;
    }
    return received.finish();
  }

  /** Deletes an attachment. */
  async deleteAttachment(
    sysId: string,
    { allowMissing = false, ...controls }: { allowMissing?: boolean } & CallControls = {},
  ): Promise<void> {
    const request = { ...this.#own, sysId, allowMissing };
    await this.#calls.unary((o) => this.stubs.attachments.deleteAttachment(request, o), controls, allowMissing);
  }

  // Journal

  /** Comments and work notes, newest first. */
  async *journal(
    table: string,
    sysId: string,
    more: More<typeof pb.ListJournalRequestSchema, "table" | "sysId"> = {},
  ) {
    const { controls, fields } = split(more);
    const request = { ...this.#own, ...fields, table, sysId };
    const send = (pageToken: string, o: CallOptions) =>
      this.stubs.journal.listJournal({ ...request, pageToken }, o);
    for await (const page of this.#calls.pages(fields.pageToken ?? "", send, controls)) yield* page.entries;
  }

  /** Adds a comment, which the record's caller sees. */
  async addComment(table: string, sysId: string, text: string, controls: CallControls = {}) {
    const request = { ...this.#own, table, sysId, text, requestId: newId() };
    return some((await this.#calls.unary((o) => this.stubs.journal.addComment(request, o), controls)).entry);
  }

  /** Adds a work note, which only those who work on the record see. */
  async addWorkNote(table: string, sysId: string, text: string, controls: CallControls = {}) {
    const request = { ...this.#own, table, sysId, text, requestId: newId() };
    return some((await this.#calls.unary((o) => this.stubs.journal.addWorkNote(request, o), controls)).entry);
  }

  // Schema, queries, the gateway

  /** The tables whose name or label holds a text, by name. */
  async *tables(contains = "", controls: CallControls = {}) {
    const send = (pageToken: string, o: CallOptions) =>
      this.stubs.schema.listTables({ ...this.#own, contains, pageToken }, o);
    for await (const page of this.#calls.pages("", send, controls)) yield* page.tables;
  }

  /** A table and its columns, inherited ones included. */
  async schema(table: string, controls: CallControls = {}) {
    const request = { ...this.#own, table };
    return some((await this.#calls.unary((o) => this.stubs.schema.getTable(request, o), controls)).table);
  }

  /** A query as text and as tree, and what is wrong with it: an answer, not an error. */
  explain(table: string, query: QueryLike, controls: CallControls = {}) {
    const request = { ...this.#own, table, query: toQuery(query) };
    return this.#calls.unary((o) => this.stubs.queries.explainQuery(request, o), controls);
  }

  /** The operators of the query language. */
  async operators(controls: CallControls = {}) {
    return (await this.#calls.unary((o) => this.stubs.queries.listOperators({}, o), controls)).operators;
  }

  /** What the gateway is and how its instances do: this client's instance, or all of them. */
  info(controls: CallControls = {}) {
    return this.#calls.unary((o) => this.stubs.system.getInfo(this.#own, o), controls);
  }

  get #own() {
    return { instance: this.#calls.instance };
  }

  #needsStreaming(method: string): void {
    if (!this.streamsRequests) throw new TransportError(method);
  }
}

type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

function split<T extends CallControls>(more: T): { controls: CallControls; fields: Omit<T, keyof CallControls> } {
  const { signal, deadlineMs, ...fields } = more;
  return { controls: { signal, deadlineMs }, fields };
}

function some<T>(part: T | undefined): T {
  if (part === undefined) throw SncgateError.local(Code.Internal, "the gateway's answer is empty");
  return part;
}
