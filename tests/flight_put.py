"""Writes rows with plain pyarrow: what a data frame holds becomes records, and each row says what became of it."""

import argparse
import json
import os
import threading

import pandas
import pyarrow as pa
import pyarrow.flight as flight

OPTIONS = flight.FlightCallOptions(headers=[(b"authorization", b"Bearer " + os.environb[b"SNCGATE_TOKEN"])])


def put(client, command, table):
    """The results by row, and the totals. They are read while rows are written."""
    descriptor = flight.FlightDescriptor.for_command(json.dumps(command))
    writer, reader = client.do_put(descriptor, table.schema, OPTIONS)
    results, totals = {}, {}

    def read():
        while (message := reader.read()) is not None:
            told = json.loads(message.to_pybytes())
            if isinstance(told, list):
                results.update({row["index"]: row for row in told})
            else:
                totals.update(told)

    reading = threading.Thread(target=read)
    reading.start()
    with writer:
        writer.write_table(table, max_chunksize=10_000)
        writer.done_writing()
        reading.join()
    return results, totals


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gateway")
    client = flight.connect(parser.parse_args().gateway.replace("http://", "grpc://"))

    frame = pandas.DataFrame({
        "short_description": [f"from a frame {number}" for number in range(50)],
        "impact": [1 + number % 3 for number in range(50)],
        "opened_at": pandas.Timestamp("2024-02-29 23:59:58", tz="UTC"),
        "category": pandas.Categorical(["network", "software"] * 25),
    })
    table = pa.Table.from_pandas(frame, preserve_index=False)
    results, totals = put(client, {"table": "incident", "mode": "insert"}, table)
    assert totals == {"rows": 50, "failed": 0}, (totals, results)
    assert sorted(results) == list(range(50))

    command = {"table": "incident", "query": "short_descriptionSTARTSWITHfrom a frame",
               "fields": ["sys_id", *frame.columns]}
    info = client.get_flight_info(flight.FlightDescriptor.for_command(json.dumps(command)), OPTIONS)
    made = client.do_get(info.endpoints[0].ticket, OPTIONS).read_all().to_pandas().set_index("sys_id")
    made = made.loc[[results[row]["sys_id"] for row in range(50)]].reset_index(drop=True)
    for name in frame.columns:
        assert list(made[name]) == list(frame[name]), name

    wrong = pa.table({"sys_id": [results[0]["sys_id"], "0" * 32], "impact": [2, 2]})
    results, totals = put(client, {"table": "incident", "mode": "update"}, wrong)
    assert totals == {"rows": 2, "failed": 1}, totals
    assert results[0]["status"] == "written" and results[1]["error"]["reason"] == "RECORD_UNKNOWN", results
    print("done")


main()
