#!/usr/bin/env python3
"""Counts the incidents of an event log, with the standard library only.

An independent computation: nothing of the project is used, so that a test can hold the gateway against it.

    event_log_counts.py FILE    a csv, or a zip that holds one csv

The log has one row per event. An incident's final state is its row with the highest sys_mod_count, and the last such
row in file order where several have it. Prints one JSON object: `total`, `events`, and a map from label to count for
each of `state`, `priority`, `category` and `assignment_group`, labels as they stand in the log ("?": no value).
"""

import csv
import io
import json
import sys
import zipfile
from collections import Counter

# What the Table API calls a column, and what the log calls it.
COLUMNS = {
    "state": "incident_state",
    "priority": "priority",
    "category": "category",
    "assignment_group": "assignment_group",
}


def open_log(path):
    """The log's text, whether it is packed or not."""
    if not zipfile.is_zipfile(path):
        return open(path, encoding="utf-8", newline="")
    archive = zipfile.ZipFile(path)
    members = [name for name in archive.namelist() if name.endswith(".csv")]
    if len(members) != 1:
        sys.exit(f"{path}: expected one csv, found {members}")
    return io.TextIOWrapper(archive.open(members[0]), encoding="utf-8", newline="")


def final_rows(events):
    """The last row of each incident, and how many rows there were."""
    final = {}
    total = 0
    for event in events:
        total += 1
        count = int(event["sys_mod_count"])
        known = final.get(event["number"])
        if known is None or count >= known[0]:
            final[event["number"]] = (count, event)
    return [event for _, event in final.values()], total


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open_log(sys.argv[1]) as log:
        incidents, events = final_rows(csv.DictReader(log))
    report = {"total": len(incidents), "events": events}
    for name, column in COLUMNS.items():
        report[name] = dict(sorted(Counter(row[column] for row in incidents).items()))
    json.dump(report, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
