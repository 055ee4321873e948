"""Reads tables and prints what each reader finds in them: {"file", "reader", "types", "rows"}, one JSON line each."""

import csv
import datetime
import gzip
import io
import json
import sys

import duckdb
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
import pyarrow as pa


def plain(value):
    """A cell in the words that all readers share."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds")
    return value


def told(path, reader, types, rows):
    rows = [{key: plain(value) for key, value in row.items()} for row in rows]
    print(json.dumps({"file": path, "reader": reader, "types": types, "rows": rows}))


def arrow(path, reader, table):
    told(path, reader, {field.name: str(field.type) for field in table.schema}, table.to_pylist())


def duck(path, relation):
    types = dict(zip(relation.columns, map(str, relation.types)))
    told(path, "duckdb", types, relation.to_arrow_table().to_pylist())


def text(path):
    data = open(path, "rb").read()
    if path.endswith(".gz"):
        data = gzip.decompress(data)
    if path.endswith(".zst"):
        data = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
    return data.decode("utf-8-sig")


def main(paths):
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    for path in paths:
        name = path.removesuffix(".gz").removesuffix(".zst")
        quoted = "'" + path.replace("'", "''") + "'"
        if name.endswith(".parquet"):
            arrow(path, "pyarrow", pyarrow.parquet.read_table(path))
            duck(path, db.sql(f"SELECT * FROM read_parquet({quoted})"))
        elif name.endswith(".ndjson"):
            told(path, "json", {}, map(json.loads, text(path).splitlines()))
            duck(path, db.sql(f"SELECT * FROM read_json({quoted}, format = 'newline_delimited')"))
        else:
            delimiter = "\t" if name.endswith(".tsv") else ","
            told(path, "csv", {}, csv.DictReader(io.StringIO(text(path), newline=""), delimiter=delimiter, strict=True))
            if not name.endswith(".excel.csv"):
                duck(path, db.sql(f"SELECT * FROM read_csv({quoted}, delim = '{delimiter}', all_varchar = true)"))


main(sys.argv[1:])
