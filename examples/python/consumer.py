#!/usr/bin/env python3
"""Saves restored frames as files.

    ./consumer.py --source camera-7 --into restored/ --count 20
"""

from pathlib import Path

import confluent_kafka

from confluent_wire import Registry, decode
from connection import arguments, committed

EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "RGB8": "rgb"}


def main():
    parser = arguments(__doc__)
    parser.add_argument("--topic", default="frames.restored")
    parser.add_argument("--source", required=True, help="name of the camera")
    parser.add_argument("--into", type=Path, default=Path("restored"), metavar="DIR")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--timeout", type=float, default=10, help="end when nothing comes so long")
    options = parser.parse_args()

    registry = Registry(options.registry)
    options.into.mkdir(parents=True, exist_ok=True)
    saved = 0
    for message in committed(options, options.topic, confluent_kafka.OFFSET_BEGINNING):
        frame = decode(registry, message.value())
        identity = frame["identity"]
        if identity["sourceId"] != options.source:
            continue
        if frame["external"] is not None:
            # Claim check: verify size and SHA-256 before use, and read from places you trust only.
            print(f"frame {identity['sequence']} is stored at {frame['external']['uri']}")
            continue
        name = f"{identity['streamEpoch']}-{identity['sequence']:06}.{EXTENSIONS[frame['encoding']]}"
        (options.into / name).write_bytes(frame["image"])
        print(
            f"{name} {frame['width']}x{frame['height']} {frame['operation']}"
            f" by {frame['bundleName']} {frame['bundleVersion']} {frame['attributes']}"
        )
        saved += 1
        if saved == options.count:
            break
    print(f"saved {saved} frames in {options.into}")


if __name__ == "__main__":
    main()
