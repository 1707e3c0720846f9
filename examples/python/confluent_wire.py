"""Confluent's wire format and the schema registry's REST API, with the standard library and avro.

A Kafka value is one zero byte, the schema's id as four bytes (big endian), then Avro's binary form:

    00 | 00 00 00 07 | ... Avro ...

The id is the registry's; any reader asks the registry once for the schema that belongs to it.
"""

import io
import json
import struct
import urllib.error
import urllib.request
from pathlib import Path

import avro.io
import avro.schema

# The service's schemas, as they lie in this repository.
SCHEMAS = Path(__file__).resolve().parents[2] / "schemas" / "src" / "main" / "avro"


class Registry:
    """The part of the schema registry that a producer and a consumer need."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.schemas = {}

    def call(self, path, body=None):
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/vnd.schemaregistry.v1+json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise SystemExit(f"the registry refuses {path}: {refused.read().decode()}") from refused

    def register(self, subject, schema):
        """The id of a schema; the registry knows it after this, if it did not before."""
        return self.call(f"/subjects/{subject}/versions", {"schema": json.dumps(schema)})["id"]

    def schema(self, schema_id):
        """The schema with an id, asked for once."""
        if schema_id not in self.schemas:
            text = self.call(f"/schemas/ids/{schema_id}")["schema"]
            self.schemas[schema_id] = avro.schema.parse(text)
        return self.schemas[schema_id]


def load_schema(name):
    """A schema of the repository as JSON, with the types it refers to written out where first used."""
    written_out = set()

    def write_out(part):
        if isinstance(part, str) and (SCHEMAS / f"{part}.avsc").exists():
            if part in written_out:
                return part
            return write_out(json.loads((SCHEMAS / f"{part}.avsc").read_text()))
        if isinstance(part, list):
            return [write_out(branch) for branch in part]
        if isinstance(part, dict):
            if "name" in part and part.get("type") in ("record", "enum", "fixed"):
                written_out.add(part["name"])
            # Only these hold types: a default or a doc may be any text.
            holders = ("type", "items", "values", "fields")
            return {
                key: write_out(value) if key in holders else value for key, value in part.items()
            }
        return part

    return write_out(name)


class Writer:
    """Turns dictionaries into values of a topic."""

    def __init__(self, registry, topic, schema_name):
        schema = load_schema(schema_name)
        # The service names subjects by topic: TOPIC-value.
        self.prefix = struct.pack(">bI", 0, registry.register(f"{topic}-value", schema))
        self.writer = avro.io.DatumWriter(avro.schema.parse(json.dumps(schema)))

    def encode(self, record):
        out = io.BytesIO()
        out.write(self.prefix)
        self.writer.write(record, avro.io.BinaryEncoder(out))
        return out.getvalue()


def decode(registry, value):
    """Turns a value of any of the service's topics into a dictionary."""
    magic, schema_id = struct.unpack(">bI", value[:5])
    if magic != 0:
        raise ValueError(f"no Confluent wire format: the first byte is {magic}, not 0")
    reader = avro.io.DatumReader(registry.schema(schema_id))
    return reader.read(avro.io.BinaryDecoder(io.BytesIO(value[5:])))
