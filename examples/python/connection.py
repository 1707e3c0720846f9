"""What all examples need to find Kafka and the schema registry."""

import argparse
import time

import confluent_kafka


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bootstrap", default="localhost:9092", metavar="HOST:PORT")
    parser.add_argument("--registry", default="http://localhost:8081", metavar="URL")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting of librdkafka, such as security.protocol=SASL_SSL; may come again",
    )
    return parser


def settings(options, **more):
    return {
        "bootstrap.servers": options.bootstrap,
        **more,
        **dict(setting.split("=", 1) for setting in options.set),
    }


def committed(options, topic, offset):
    """Yields the committed messages of all partitions of a topic, without a consumer group.

    Frames of aborted transactions are not seen: that is what isolation.level=read_committed does.
    Ends when none came for --timeout seconds.
    """
    consumer = confluent_kafka.Consumer(
        settings(
            options,
            **{
                "group.id": "unused",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                # A frame may have 10 MB.
                "fetch.message.max.bytes": 16 << 20,
            },
        )
    )
    try:
        found = consumer.list_topics(topic, timeout=10).topics[topic]
        if found.error is not None:
            raise SystemExit(f"topic {topic}: {found.error}")
        consumer.assign(
            [
                confluent_kafka.TopicPartition(topic, partition, offset)
                for partition in found.partitions
            ]
        )
        last = time.monotonic()
        while time.monotonic() - last < options.timeout:
            message = consumer.poll(0.2)
            if message is None:
                continue
            if message.error():
                raise SystemExit(f"topic {topic}: {message.error()}")
            last = time.monotonic()
            yield message
    finally:
        consumer.close()
