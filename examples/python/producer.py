#!/usr/bin/env python3
"""Publishes PNG and JPEG files as the frames of one source.

    ./producer.py --source camera-7 --fps 10 frames/*.png
"""

import struct
import sys
import time
from pathlib import Path

import confluent_kafka

from confluent_wire import Registry, Writer
from connection import arguments, settings


def describe(image):
    """(encoding, width, height) of an encoded image, from its header."""
    if image[:8] == b"\x89PNG\r\n\x1a\n":
        return ("PNG", *struct.unpack(">II", image[16:24]))
    if image[:2] == b"\xff\xd8":
        at = 2
        while at + 9 <= len(image) and image[at] == 0xFF:
            marker, length = image[at + 1], struct.unpack(">H", image[at + 2 : at + 4])[0]
            # Start of frame: baseline, extended or progressive.
            if marker in (0xC0, 0xC1, 0xC2):
                height, width = struct.unpack(">HH", image[at + 5 : at + 9])
                return ("JPEG", width, height)
            at += 2 + length
    raise ValueError("neither PNG nor JPEG")


def main():
    parser = arguments(__doc__)
    parser.add_argument("--topic", default="frames.degraded")
    parser.add_argument("--source", required=True, help="name of the camera")
    parser.add_argument("--fps", type=float, default=5)
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()

    writer = Writer(Registry(options.registry), options.topic, "Frame")
    producer = confluent_kafka.Producer(
        settings(
            options,
            **{
                "enable.idempotence": True,  # in order, and none twice
                "message.max.bytes": 11 << 20,  # what the service's topics take
                "compression.type": "none",  # images do not compress
            },
        )
    )
    failed = []

    def delivered(error, message):
        if error is not None:
            failed.append(error)

    # Whoever starts counting anew takes a larger epoch; the clock is one.
    epoch = time.time_ns() // 1_000_000
    begin = time.monotonic()
    for sequence, file in enumerate(options.files):
        time.sleep(max(0, begin + sequence / options.fps - time.monotonic()))
        image = file.read_bytes()
        encoding, width, height = describe(image)
        frame = {
            "identity": {
                "sourceId": options.source,
                "streamEpoch": epoch,
                "sequence": sequence,
                "captureTimeMicros": time.time_ns() // 1_000,
            },
            "width": width,
            "height": height,
            "encoding": encoding,
            "payload": image,
            "attributes": {"file": file.name},
        }
        # The key decides the partition: frames of one source stay in order only with one key.
        producer.produce(
            options.topic,
            key=options.source.encode(),
            value=writer.encode(frame),
            on_delivery=delivered,
        )
        producer.poll(0)
    left = producer.flush(30)
    if failed or left:
        sys.exit(f"{len(failed) + left} frames were not delivered: {failed[:1]}")
    print(f"published {len(options.files)} frames of {options.source}, epoch {epoch}")


if __name__ == "__main__":
    main()
