#!/usr/bin/env python3
"""Streams a million incidents through the gateway while rows come and go, and checks what arrives.

    benches/stream_million.py [--records 1000000]

Starts `sncgate emulate` and `sncgate serve` as processes of their own (release builds, free ports), notes which
incidents there are, then streams all of them with clients/rust/examples/ids.rs while a writer inserts and deletes
incidents through the embedded instance's Table API. Fails unless

  - every incident that was there throughout arrived exactly once,
  - none arrived twice, and none arrived that never was there,
  - at least 100 were inserted and 100 deleted meanwhile,
  - the gateway's resident memory grew by less than 64 MiB.

Only the standard library is used. Everything has a deadline, and both servers are ended at the end. The generated
instance is kept in target/stream_million and used again.
"""

import argparse
import base64
import http.client
import json
import random
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "target" / "stream_million"
MOST_GROWTH = 64 * 1024 * 1024
LEAST_WRITES = 100
COLUMNS = (
    "number,state,priority,impact,urgency,category,short_description,caller_id,assigned_to,assignment_group,"
    "opened_at,closed_at,sys_updated_on,sys_updated_by"
)
START_SECONDS = 300  # a million incidents are generated in less than 120
STREAM_SECONDS = 900


class Server:
    """One of our servers, as a process of its own; its first line says where it listens."""

    def __init__(self, *arguments):
        self.log = FOLDER / f"{arguments[0]}.log"
        self.process = subprocess.Popen(
            [ROOT / "target/release/sncgate", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
        )
        timer = threading.Timer(START_SECONDS, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if not line:
            sys.exit(f"{arguments[0]} did not start:\n{self.log.read_text()}")
        self.addresses = json.loads(line)

    def resident_bytes(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the process is gone")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Instance:
    """The embedded instance's Table API, on one connection."""

    def __init__(self, server):
        url = urlsplit(server.addresses["emulator"])
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        credentials = f"{server.addresses['username']}:{server.addresses['password']}"
        self.headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": "Basic " + base64.b64encode(credentials.encode()).decode(),
        }

    def call(self, method, path, body=None):
        payload = None if body is None else json.dumps(body)
        self.connection.request(method, f"/api/now/table/incident{path}", payload, self.headers)
        response = self.connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:200]!r}")
        return json.loads(content)["result"] if content else None

    def all_ids(self):
        """The ids of all incidents, by pages in sys_id order."""
        ids = []
        while True:
            after = f"sys_id>{ids[-1]}^" if ids else ""
            parameters = {
                "sysparm_query": f"{after}ORDERBYsys_id",
                "sysparm_fields": "sys_id",
                "sysparm_limit": 10_000,
                "sysparm_no_count": "true",
            }
            page = self.call("GET", "?" + urlencode(parameters))
            if not page:
                return ids
            ids.extend(row["sys_id"] for row in page)


class Writer(threading.Thread):
    """Inserts and deletes incidents all over the table until it is told to stop."""

    def __init__(self, server, present):
        super().__init__(daemon=True)
        self.instance = Instance(server)
        self.victims = random.Random(7).sample(present, min(len(present), 100_000))
        self.inserted, self.deleted = set(), set()
        self.error = None
        self.stopped = threading.Event()

    def run(self):
        try:
            while not self.stopped.is_set() and self.victims:
                self.write()
        except Exception as error:  # told by the main thread
            self.error = error

    def write(self):
        new = uuid.uuid4().hex
        self.inserted.add(new)
        self.instance.call("POST", "", {"sys_id": new, "short_description": "Came while it was streamed"})
        victim = self.victims.pop()
        self.deleted.add(victim)
        self.instance.call("DELETE", f"/{victim}")


class Memory(threading.Thread):
    """The most resident memory that a server had, looked at ten times a second."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.start_bytes = self.most_bytes = server.resident_bytes()
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(0.1):
            self.most_bytes = max(self.most_bytes, self.server.resident_bytes())


def stream(server, table, columns, seconds):
    """The ids that a client of StreamRecords gets while it reads those columns."""
    command = [ROOT / "target/release/examples/ids", server.addresses["gateway"], table, columns]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    if done.returncode != 0:
        sys.exit(f"the stream failed: {done.stderr}")
    return done.stdout.split()


def serve(emulator):
    """The gateway in front of that instance."""
    config = FOLDER / "sncgate.toml"
    config.write_text(
        f"""[access]
enabled = false
[instances.embedded]
url = "{emulator.addresses["emulator"]}"
auth = {{ type = "basic", username = "{emulator.addresses["username"]}", password = "{emulator.addresses["password"]}" }}
"""
    )
    flags = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--print-json"]
    return Server("serve", "--config", str(config), *flags)


def check(emulator, gateway):
    """Streams and judges; returns the problems found."""
    present = Instance(emulator).all_ids()
    print(f"{len(present)} incidents are there", flush=True)
    stream(gateway, "sys_user_group", "name", 60)  # connections and schema are there before memory is looked at

    memory, writer = Memory(gateway), Writer(emulator, present)
    memory.start()
    writer.start()
    start = time.monotonic()
    arrived = stream(gateway, "incident", COLUMNS, STREAM_SECONDS)
    seconds = time.monotonic() - start
    for thread in (writer, memory):
        thread.stopped.set()
        thread.join(60)

    counts = Counter(arrived)
    throughout = set(present) - writer.deleted
    growth = memory.most_bytes - memory.start_bytes
    lost = sum(1 for sys_id in throughout if sys_id not in counts)
    repeated = sum(1 for count in counts.values() if count > 1)
    unknown = len(counts.keys() - set(present) - writer.inserted)
    print(f"{len(arrived)} arrived in {seconds:.1f} s: {len(arrived) / seconds:.0f} rows/s")
    print(f"{len(writer.inserted)} inserted and {len(writer.deleted)} deleted meanwhile")
    print(f"of {len(throughout)} that were there throughout: {lost} lost; {repeated} repeated, {unknown} unknown")
    mib = 1024 * 1024
    print(f"gateway: {memory.start_bytes / mib:.1f} MiB before, {memory.most_bytes / mib:.1f} MiB at most")

    problems = {
        "the writer failed": writer.error,
        "rows were lost": lost,
        "rows were repeated": repeated,
        "rows arrived that never were there": unknown,
        "too few writes": min(len(writer.inserted), len(writer.deleted)) < LEAST_WRITES,
        "the gateway grew too much": growth >= MOST_GROWTH,
    }
    return [f"{what}: {found}" for what, found in problems.items() if found]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    records = parser.parse_args().records

    cargo = ["cargo", "build", "--release", "--locked", "--quiet", "-p", "sncgate", "-p", "sncgate-client"]
    subprocess.run([*cargo, "--bin", "sncgate", "--example", "ids"], cwd=ROOT, check=True)
    FOLDER.mkdir(parents=True, exist_ok=True)

    start = time.monotonic()
    flags = ["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--print-json"]
    data = ["--db", str(FOLDER / f"{records}.db"), "--records", str(records), "--seed", "7"]
    emulator = Server("emulate", *flags, *data)
    print(f"the instance was ready after {time.monotonic() - start:.1f} s", flush=True)
    try:
        gateway = serve(emulator)
        try:
            problems = check(emulator, gateway)
        finally:
            gateway.stop()
    finally:
        emulator.stop()
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main()
