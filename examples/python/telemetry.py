#!/usr/bin/env python3
"""Prints what became of each frame: one line for each record of the telemetry.

    ./telemetry.py --count 20
"""

import collections

import confluent_kafka

from confluent_wire import Registry, decode
from connection import arguments, committed


def milliseconds(micros):
    return "-" if micros is None else f"{micros / 1000:.1f}"


def main():
    parser = arguments(__doc__)
    parser.add_argument("--topic", default="telemetry.frames")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--timeout", type=float, default=10, help="end when nothing comes so long")
    options = parser.parse_args()

    registry = Registry(options.registry)
    outcomes = collections.Counter()
    for message in committed(options, options.topic, confluent_kafka.OFFSET_BEGINNING):
        record = decode(registry, message.value())
        # A record that could not be read has no identity.
        identity = record["identity"] or {"sourceId": "unknown", "sequence": "-"}
        timings = record["timings"]
        print(
            f"{identity['sourceId']} {identity['sequence']} {record['outcome']}"
            f" age {milliseconds(record['ageMicros'])} ms"
            f" infer {milliseconds(timings['inferMicros'])} ms"
            f" {record['reason'] or ''}".rstrip()
        )
        outcomes[record["outcome"]] += 1
        if sum(outcomes.values()) == options.count:
            break
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))


if __name__ == "__main__":
    main()
