// BullMQ on the Redis of benches/tasks.rs: jobs with an id of their own, so that one that is there is not added twice, one
// word of progress each, every hundredth ending in the set of failed ones.
import { Queue, UnrecoverableError, Worker } from "bullmq";

const [url, name, count, concurrency, producers] = process.argv.slice(2);
const { hostname: host, port } = new URL(url);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
const queue = new Queue(name, { connection });
await queue.waitUntilReady();
const all = Number(count);
let ended = 0;
let finish;
const finished = new Promise((resolve) => (finish = resolve));

const work = async (job) => {
  await job.updateProgress({ done: 1, total: 1, unit: "steps", stage: "counting" });
  if (job.data.path === "fails") throw new UnrecoverableError("as asked");
  return { succeeded: 1 };
};
const worker = new Worker(name, work, { connection, concurrency: Number(concurrency) });
const end = () => ++ended === all && finish();
worker.on("completed", end);
worker.on("failed", end);
await worker.waitUntilReady();

const start = performance.now();
let next = 0;
const produce = async () => {
  while (next < all) {
    const number = next++;
    await queue.add("no-op", { table: "t", path: number % 100 === 0 ? "fails" : "" }, { jobId: `key-${number}` });
  }
};
await Promise.all(Array.from({ length: Number(producers) }, produce));
await finished;
const seconds = (performance.now() - start) / 1000;
const failed = await queue.getFailedCount();
console.log(JSON.stringify({ seconds, failed }));
await worker.close();
await queue.close();
