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


def lies_on_its_side(exif):
    """Whether an EXIF block says that width and height change places when it is shown upright."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        return False
    (at,) = struct.unpack_from(order + "I", exif, 4)
    if at + 2 > len(exif):
        return False
    (entries,) = struct.unpack_from(order + "H", exif, at)
    for entry in range(at + 2, min(at + 2 + 12 * entries, len(exif) - 11), 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, entry)
        if tag == 0x0112:
            return kind == 3 and 5 <= value <= 8
    return False


def describe(image):
    """(encoding, width, height) of an encoded image, from its header; upright, as the service
    decodes it and checks it against what the record says."""
    if image[:8] == b"\x89PNG\r\n\x1a\n":
        return ("PNG", *struct.unpack(">II", image[16:24]))
    if image[:2] == b"\xff\xd8":
        at, turned = 2, False
        while at + 9 <= len(image) and image[at] == 0xFF:
            marker, length = image[at + 1], struct.unpack(">H", image[at + 2 : at + 4])[0]
            if marker == 0xE1 and image[at + 4 : at + 10] == b"Exif\0\0":
                turned = lies_on_its_side(image[at + 10 : at + 2 + length])
            # Start of frame: baseline, extended or progressive.
            if marker in (0xC0, 0xC1, 0xC2):
                height, width = struct.unpack(">HH", image[at + 5 : at + 9])
                return ("JPEG", height, width) if turned else ("JPEG", width, height)
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
                "partitioner": "murmur2_random",  # as Java's, whichever program sends a source
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
