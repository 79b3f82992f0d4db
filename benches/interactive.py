#!/usr/bin/env python3
"""Measures how much eight bulk readers slow down one interactive caller of the gateway.

    benches/interactive.py [--records 20000] [--calls 300]

Starts `sncgate emulate --realistic` and `sncgate serve` as processes of their own (release builds, free ports). One
caller asks for pages of 20 records, one after the other, with clients/rust/examples/latency.rs: first alone, then
while eight clients/rust/examples/ids.rs stream the whole table again and again. Fails unless

  - no request to the instance was answered 202,
  - under 0.1 % were answered 429,
  - the interactive p95 beside the readers is at most 1.5 times the p95 alone,
  - the readers got on: each of them read rows.

Only the standard library is used. Everything has a deadline, and all processes are ended at the end. The generated
instance is kept in target/interactive and used again.
"""

import argparse
import json
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "target" / "interactive"
EXAMPLES = ROOT / "target/release/examples"
READERS = 8
MOST_REFUSED = 0.001
MOST_RATIO = 1.5
COLUMNS = "number,state,priority,short_description,assignment_group,opened_at,sys_updated_on"
START_SECONDS = 120
CALLS_SECONDS = 300


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

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Reader(threading.Thread):
    """Streams the table again and again until it is told to stop; counts rows."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway = gateway
        self.rows, self.problem = 0, None
        self.process = None
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.is_set() and not self.problem:
            command = [EXAMPLES / "ids", self.gateway, "incident", COLUMNS]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.rows += sum(1 for _ in self.process.stdout)
            said = self.process.stderr.read()
            if self.process.wait() != 0 and not self.stopped.is_set():
                self.problem = said.strip() or "a reader ended"

    def stop(self):
        self.stopped.set()
        if self.process:
            self.process.kill()
        self.join(20)


def latencies(gateway, calls):
    """Milliseconds of each call, sorted."""
    command = [EXAMPLES / "latency", gateway, "incident", str(calls)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CALLS_SECONDS)
    if done.returncode != 0:
        sys.exit(f"the interactive caller failed: {done.stderr}")
    return sorted(int(line) / 1000 for line in done.stdout.split())


def percentile(values, share):
    return values[min(int(len(values) * share), len(values) - 1)]


def counters(emulator):
    with urlopen(f"{emulator.addresses['emulator']}/emulator/counters", timeout=10) as reply:
        return json.load(reply)


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


def measure(emulator, gateway, calls):
    """Measures and judges; returns the problems found."""
    url = gateway.addresses["gateway"]
    latencies(url, 10)  # connections and schema are there before anything is measured
    urlopen(Request(f"{emulator.addresses['emulator']}/emulator/counters/reset", method="POST"), timeout=10).close()

    alone = latencies(url, calls)
    readers = [Reader(url) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        beside = latencies(url, calls)
    finally:
        for reader in readers:
            reader.stop()

    counted = counters(emulator)
    total, by_status = counted["total"], counted["by_status"]
    accepted, refused = by_status.get("202", 0), by_status.get("429", 0)
    for name, values in (("alone", alone), ("beside readers", beside)):
        p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
        print(f"interactive {name:15} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   {len(values)} calls")
    ratio = percentile(beside, 0.95) / percentile(alone, 0.95)
    print(f"ratio of p95 {ratio:.2f}; the readers got {sum(reader.rows for reader in readers)} rows")
    print(f"the instance was asked {total} times: {accepted} answers 202, {refused} answers 429 ({refused / total:.2%})")
    print(f"its pressure: {counted['pressure']}")

    problems = {
        "answers 202": accepted,
        "too many answers 429": refused / total >= MOST_REFUSED and refused,
        "the interactive caller was slowed down": ratio > MOST_RATIO and f"{ratio:.2f} times",
        "a reader failed": next((reader.problem for reader in readers if reader.problem), None),
        "a reader got nothing": any(reader.rows == 0 for reader in readers),
    }
    return [f"{what}: {found}" for what, found in problems.items() if found]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=300)
    arguments = parser.parse_args()

    cargo = ["cargo", "build", "--release", "--locked", "--quiet", "-p", "sncgate", "-p", "sncgate-client"]
    subprocess.run([*cargo, "--bin", "sncgate", "--example", "ids", "--example", "latency"], cwd=ROOT, check=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    flags = ["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--print-json", "--realistic"]
    data = ["--db", str(FOLDER / f"{arguments.records}.db"), "--records", str(arguments.records), "--seed", "7"]
    emulator = Server("emulate", *flags, *data)
    try:
        gateway = serve(emulator)
        try:
            problems = measure(emulator, gateway, arguments.calls)
        finally:
            gateway.stop()
    finally:
        emulator.stop()
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main()
