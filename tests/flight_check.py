"""Reads the gateway's exports with plain pyarrow, pandas, polars and DuckDB, and compares them with each other.

Prints what it saw as JSON: rows in all, rows by state, and one column by sys_id.
"""

import argparse
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet as parquet

FIELDS = ["sys_id", "number", "state", "active", "opened_at", "category", "caller_id", "caller_id.name"]


class SignIn(flight.ClientMiddlewareFactory):
    """Puts the token of SNCGATE_TOKEN into every call."""

    def start_call(self, info):
        return Signed()


class Signed(flight.ClientMiddleware):
    def sending_headers(self):
        return {"authorization": "Bearer " + os.environ["SNCGATE_TOKEN"]}


def descriptor(command):
    return flight.FlightDescriptor.for_command(json.dumps(command))


def read(client, command):
    """All rows of an export; its parts at once."""
    info = client.get_flight_info(descriptor(command))
    with ThreadPoolExecutor(4) as pool:
        parts = pool.map(lambda endpoint: client.do_get(endpoint.ticket).read_all(), info.endpoints)
        table = pa.concat_tables(parts)
    assert table.schema.equals(info.schema), (table.schema, info.schema)
    assert table.num_rows == info.total_records, (table.num_rows, info.total_records)
    return table, info


def refused(call, told):
    """The call fails, and says so."""
    try:
        call()
    except pa.ArrowException as error:
        assert told in str(error), error
        return
    raise AssertionError(f"nothing was refused: {told}")


def check_types(schema):
    expected = {
        "sys_id": pa.string(),
        "number": pa.string(),
        "state": pa.int64(),
        "active": pa.bool_(),
        "opened_at": pa.timestamp("us", tz="UTC"),
        "category": pa.dictionary(pa.int32(), pa.string()),
        "caller_id": pa.string(),
        "caller_id.name": pa.string(),
    }
    for name, kind in expected.items():
        assert schema.field(name).type == kind, (name, schema.field(name).type)


def check_actions(client, command):
    ticket = client.get_flight_info(descriptor(command)).endpoints[0].ticket
    assert {action.type for action in client.list_actions()} >= {"CancelFlightInfo", "sncgate.list"}
    assert list(client.do_action("sncgate.list")) == []
    client.do_get(ticket).read_all()
    list(client.do_action(flight.Action("sncgate.cancel", ticket.ticket)))
    refused(lambda: client.do_get(ticket).read_all(), "was cancelled")
    refused(lambda: client.do_get(flight.Ticket(b"x" + ticket.ticket[1:])).read_all(), "GetFlightInfo again")
    refused(lambda: client.do_get(flight.Ticket(b"")).read_all(), "GetFlightInfo again")


def check_refusals(client):
    for command, told in [
        ({"table": "no_such_table"}, "no table"),
        ({"table": "incident", "query": "no_such_field=1"}, "no_such_field"),
        ({"table": "incident", "fields": ["nothing"]}, "nothing"),
        ({"table": "incident", "query": "ORDERBYnumber"}, "sys_id order"),
        ({"table": "incident", "colour": 1}, "colour"),
        ({}, "is required"),
    ]:
        refused(lambda command=command: client.get_flight_info(descriptor(command)), told)


def check_shapes(client, table):
    whole, _ = read(client, {"table": "incident", "fields": FIELDS, "partitions": 1})
    assert whole.sort_by("sys_id")["number"].equals(whole["number"]), "a part is not in order"
    assert table["number"].to_pylist() == whole["number"].to_pylist(), "the parts are not in order"
    text, _ = read(client, {"table": "incident", "fields": FIELDS, "types": "string"})
    assert set(text.schema.types) == {pa.string()}
    both, _ = read(client, {"table": "incident", "fields": ["state", "caller_id"], "display": "both"})
    assert both.column_names == ["state", "state__display", "caller_id", "caller_id__display"]
    everything, _ = read(client, {"table": "incident", "query": "active=true"})
    assert everything.column_names[0] == "sys_id" and everything.num_columns > 40
    empty, _ = read(client, {"table": "incident", "query": "number=nothing", "fields": FIELDS})
    assert empty.num_rows == 0 and empty.schema.equals(table.schema)


def counts(pairs):
    return {int(state): int(count) for state, count in pairs}


def check_files(folder, table, by_state):
    """What `sncgate export` wrote, read by three readers."""
    path = str(folder / "out.parquet")
    seen = {
        "duckdb": duckdb.sql(f"select state, count(*) from '{path}' group by state").fetchall(),
        "pandas parquet": pandas.read_parquet(path).groupby("state").size().items(),
        "pandas feather": pandas.read_feather(folder / "out.arrow").groupby("state").size().items(),
        "pandas csv": pandas.read_csv(folder / "out.csv").groupby("state").size().items(),
        "polars parquet": polars.read_parquet(path).group_by("state").len().rows(),
        "polars arrow": polars.read_ipc(folder / "out.arrow").group_by("state").len().rows(),
        "polars ndjson": polars.read_ndjson(folder / "out.ndjson").group_by("state").len().rows(),
    }
    for reader, pairs in seen.items():
        assert counts(pairs) == by_state, reader

    def plain(table):
        place = table.schema.get_field_index("category")
        table = table.set_column(place, "category", table["category"].cast(pa.string()))
        return table.sort_by("sys_id").combine_chunks()

    expected = plain(table).to_pylist()
    with pa.ipc.open_file(folder / "out.arrow") as file:
        assert plain(file.read_all()).to_pylist() == expected, "the Arrow file is another table"
    assert plain(parquet.read_table(path)).to_pylist() == expected, "the Parquet file is another table"
    metadata = parquet.read_metadata(path).metadata
    assert metadata[b"sncgate.table"] == b"incident", metadata


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gateway")
    parser.add_argument("files", type=Path)
    arguments = parser.parse_args()

    address = arguments.gateway.replace("http://", "grpc://")
    refused(lambda: flight.connect(address).get_flight_info(descriptor({"table": "incident"})), "carries no token")
    client = flight.connect(address, middleware=[SignIn()])
    command = {"table": "incident", "fields": FIELDS}
    table, info = read(client, command)
    check_types(table.schema)
    assert client.get_schema(descriptor(command)).schema.equals(info.schema)
    by_path = client.get_flight_info(flight.FlightDescriptor.for_path("incident"))
    assert by_path.total_records == table.num_rows
    listed = [flight_info.descriptor.path[0] for flight_info in client.list_flights(b"incident")]
    assert b"incident" in listed, listed

    by_state = counts(table.to_pandas().groupby("state").size().items())
    check_shapes(client, table)
    check_actions(client, command)
    check_refusals(client)
    check_files(arguments.files, table, by_state)
    assert polars.from_arrow(table).height == table.num_rows
    print(json.dumps({
        "rows": table.num_rows,
        "parts": len(info.endpoints),
        "by_state": by_state,
        "callers": dict(zip(table["sys_id"].to_pylist(), table["caller_id"].to_pylist())),
        "opened": dict(zip(table["sys_id"].to_pylist(), map(str, table["opened_at"].to_pylist()))),
    }))


main()
