"""Reads a dataset with pyarrow, DuckDB and polars, and prints as JSON what each has seen.

By reader: rows by state, and a digest of all rows in sys_id order.
"""

import hashlib
import json
import sys
from pathlib import Path

import duckdb
import polars
import pyarrow.dataset

COLUMNS = ["sys_id", "number", "state", "active", "opened_at", "category", "caller_id.name"]


def with_pyarrow(folder, parts):
    # Folders' names are read as text where they do not look like numbers.
    return pyarrow.dataset.dataset(parts, format="parquet", partitioning="hive").to_table()


def with_duckdb(folder, parts):
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    query = f"from read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
    return connection.sql(query).to_arrow_table()


def with_polars(folder, parts):
    return polars.scan_parquet(f"{folder}/**/*.parquet", hive_partitioning=True).collect().to_arrow()


def plain(value):
    """A value by what it means, not by how a reader calls its type."""
    if isinstance(value, bool) or value in ("true", "false"):
        return str(value).lower()
    return None if value is None else str(value)


def seen(table):
    rows = zip(*(map(plain, table[name].to_pylist()) for name in COLUMNS))
    rows = sorted(rows)
    assert len(rows) == len({row[0] for row in rows}), "a row came twice"
    by_state = {}
    for row in rows:
        by_state[row[2]] = by_state.get(row[2], 0) + 1
    return {"by_state": by_state, "digest": hashlib.sha256(json.dumps(rows).encode()).hexdigest()}


def main():
    folder = Path(sys.argv[1])
    manifest = json.loads((folder / "manifest.json").read_text())
    parts = [str(folder / part["path"]) for part in manifest["parts"]]
    assert sorted(parts) == sorted(map(str, folder.glob("**/*.parquet"))), "the manifest names other parts"
    readers = {"pyarrow": with_pyarrow, "duckdb": with_duckdb, "polars": with_polars}
    tables = {name: read(folder, parts) for name, read in readers.items()}
    for name, table in tables.items():
        assert table.num_rows == manifest["rows"], name
    print(json.dumps({name: seen(table) for name, table in tables.items()}))


main()
