"""/api/v2/write by the official client: synchronous, one string of lines, no retries inside."""

from typing import Any

import urllib3

from linli.errors import HistoryUnavailable
from stores import bounded
from stores.influxdb.place import Place
from stores.influxdb.transport import CONNECT_S, Transport, check, unreachable, words
from stores.influxdb.writing import judge


class Version2Writes:
    """The half of a server that 2.x and VictoriaMetrics share."""

    def __init__(self, transport: Transport, place: Place) -> None:
        self._transport, self._place = transport, place
        self._service: Any = None

    def post(self, lines: bytes) -> None:
        from influxdb_client.rest import ApiException

        # The client's own gzip is level 9, three times the CPU of all the rest.
        body, encoding = self._transport.pack(lines)
        packed = {"content_encoding": encoding["Content-Encoding"]} if encoding else {}
        try:
            self._writer().post_write(self._place.org, self._place.bucket, body, precision="ns", **packed)
        except ApiException as error:
            said = words(error.body or "") if error.status else str(error)
            judge(error.status or 0, said)
            check(error.status or 500, said, error.headers)
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self._transport.url, error) from error
        except Exception as error:  # whatever the client raises for an answer it does not understand
            raise HistoryUnavailable(
                f"the answer to a writing is not understood ({type(error).__name__}): {str(error)[:200]}"
            ) from error

    def _writer(self) -> Any:
        if self._service is None:
            # Half a second to import, and only who writes to 2.x needs it.
            from influxdb_client.client.influxdb_client import InfluxDBClient
            from influxdb_client.service.write_service import WriteService

            client = InfluxDBClient(
                url=self._transport.url,
                token=self._transport.token,
                org=self._place.org,
                timeout=(CONNECT_S * 1000, self._transport.write_s * 1000),
                retries=False,
            )
            bounded.bound(client.api_client.rest_client.pool_manager)
            service: Any = WriteService
            self._service = service(client.api_client)
        return self._service
