import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, type Client as Stub, Code } from "@connectrpc/connect";
import { type CallControls, type Calls, newId } from "./calls.js";
import { SncgateError } from "./error.js";
import * as pb from "./pb.js";

/** Work in the background: made, found, steered, watched across broken connections, waited for. */
export class Tasks {
  constructor(
    readonly stub: Stub<typeof pb.TaskService>,
    readonly calls: Calls,
  ) {}

  /** Makes a task, or finds the one that has its `uniqueKey`. Its `parameters` say what is to be done. */
  async create(
    task: MessageInitShape<typeof pb.TaskSchema>,
    { requestId = newId(), ...controls }: { requestId?: string } & CallControls = {},
  ): Promise<pb.Task> {
    return some((await this.calls.unary((o) => this.stub.createTask({ task, requestId }, o), controls)).task);
  }

  /** A task as it is now. */
  async get(id: string, controls: CallControls = {}): Promise<pb.Task> {
    return some((await this.calls.unary((o) => this.stub.getTask({ id }, o), controls)).task);
  }

  /** The tasks of a filter that the caller may see, the newest first. */
  async *list(
    filter: MessageInitShape<typeof pb.TaskFilterSchema> = {},
    controls: CallControls = {},
  ): AsyncGenerator<pb.Task> {
    const send = (pageToken: string, o: CallOptions) => this.stub.listTasks({ filter, pageSize: 500, pageToken }, o);
    for await (const page of this.calls.pages("", send, controls)) yield* page.tasks;
  }

  /** Ends a task: at once where it does not run, else at its next page. */
  async cancel(id: string, controls: CallControls = {}): Promise<pb.Task> {
    return some((await this.calls.unary((o) => this.stub.cancelTask({ id }, o), controls)).task);
  }

  /** Stops a task until `resume`: at once where it does not run, else at its next checkpoint. */
  async pause(id: string, controls: CallControls = {}): Promise<pb.Task> {
    return some((await this.calls.unary((o) => this.stub.pauseTask({ id }, o), controls)).task);
  }

  /** Lets a paused task go on. */
  async resume(id: string, controls: CallControls = {}): Promise<pb.Task> {
    return some((await this.calls.unary((o) => this.stub.resumeTask({ id }, o), controls)).task);
  }

  /** Lets a task that failed or was cancelled begin again from its last checkpoint. */
  async retry(id: string, controls: CallControls = {}): Promise<pb.Task> {
    return some((await this.calls.unary((o) => this.stub.retryTask({ id }, o), controls, false)).task);
  }

  /** Forgets a finished task; what it wrote stays. */
  async delete(id: string, controls: CallControls = {}): Promise<void> {
    await this.calls.unary((o) => this.stub.deleteTask({ id }, o), controls, false);
  }

  /** A task as it is, and after each change until it is finished. Goes on where the connection breaks. */
  async *watch(id: string, controls: CallControls = {}): AsyncGenerator<pb.Task> {
    let afterRevision = 0n;
    const open = (o: CallOptions) => this.stub.watchTasks({ id, afterRevision }, o);
    for await (const message of this.calls.resuming(open, controls)) {
      afterRevision = message.revision;
      yield* message.tasks;
    }
  }

  /** Waits until a task is finished, however that is, and gives it as it is then. */
  async wait(id: string, controls: CallControls = {}): Promise<pb.Task> {
    let last: pb.Task | undefined;
    for await (const task of this.watch(id, controls)) last = task;
    return last !== undefined && isFinished(last) ? last : this.get(id, controls);
  }
}

/** Whether a task has come to its end. */
export function isFinished({ state }: pb.Task): boolean {
  return state === pb.TaskState.SUCCEEDED || state === pb.TaskState.FAILED || state === pb.TaskState.CANCELLED;
}

function some(task: pb.Task | undefined): pb.Task {
  if (task === undefined) throw SncgateError.local(Code.Internal, "the gateway's answer is empty");
  return task;
}
