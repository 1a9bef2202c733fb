"""What a tutorial ends with: a subscriber that writes each event to InfluxDB as it comes, and waits for it.

`python -m benchmarks.peers.tutorial PORT URL EVENTS` says when it is ready, and how many seconds it took from
the first event to the last.
Source of the pattern: the README of influxdb-client (SYNCHRONOUS writes) and paho-mqtt's own example.
"""

import json
import sys
import time
from typing import Any

import paho.mqtt.client as paho
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from paho.mqtt.enums import CallbackAPIVersion


def main() -> None:
    """Subscribe, write, count."""
    port, url, events = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    database = InfluxDBClient(url=url, token="", org="linli")
    write_api = database.write_api(write_options=SYNCHRONOUS)
    written, began = 0, 0.0

    def on_connect(client: paho.Client, *_: Any) -> None:
        client.subscribe("linli/v1/+/+/events", qos=1)

    def on_subscribe(*_: Any) -> None:
        print("ready", flush=True)

    def on_message(client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        nonlocal written, began
        began = began or time.monotonic()
        device = message.topic.split("/")[3]
        for event in json.loads(message.payload)["events"]:
            point = (
                Point("telemetry")  # type: ignore[no-untyped-call]  # the library has no types
                .tag("device", device)
                .tag("compartment", event["compartment"])
                .field("fill_pct", float(event["fill_pct"]))
                .field("weight_kg", event["weight_kg"])
                .field("temperature_c", event["temperature_c"])
                .time(event["ts"], WritePrecision.MS)
            )
            write_api.write(bucket="linli", record=point)
            written += 1
        if written >= events:
            print(f"done {time.monotonic() - began:.3f}", flush=True)
            client.disconnect()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="tutorial", clean_session=False)
    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    main()
