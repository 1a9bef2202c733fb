"""Where the stores are: what every process that opens them is told in the same words."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct


class StoreSettings(Struct, frozen=True, kw_only=True):
    """The part of a server's settings that names its stores."""

    data_dir: Annotated[str, Meta(description="folder of the database and the photos")] = "var/linli"
    database_url: Annotated[
        str, Meta(description="SQLAlchemy URL of the operational store; empty: SQLite in data_dir")
    ] = ""
    influxdb_url: Annotated[str, Meta(description="InfluxDB of the points; empty: none")] = ""
    influxdb_token: Annotated[str, Meta(description="InfluxDB token, or user:password on 1.x")] = ""
    influxdb_org: Annotated[str, Meta(description="InfluxDB organisation (2.x)")] = "linli"
    influxdb_bucket: Annotated[str, Meta(description="InfluxDB bucket, or database on 1.x")] = "linli"
    influxdb_retention_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=876_000,
            description="hours for which a bucket made by linli keeps its points; 0: for ever. InfluxDB knows"
            " no less than one hour; a bucket that is there keeps what it keeps",
        ),
    ] = 0

    @property
    def folder(self) -> Path:
        """The data directory as a path."""
        return Path(self.data_dir)
