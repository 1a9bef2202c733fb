"""`python -m api`: read the settings, open the stores, serve."""

import argparse
import asyncio
import logging
import os
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings, check_listening, is_loopback
from linli.errors import LinliError
from linli.settings import read_settings


class Server(uvicorn.Server):
    """uvicorn, which tells the live streams to end before it waits for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then as uvicorn does."""
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.services.feed.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: Settings) -> Server:
    """The server of this app, not yet started. No access log: an address may hold the token."""
    config = uvicorn.Config(
        app,
        host=settings.api_host.strip("[]"),
        port=settings.api_port,
        log_level="info",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    return Server(config)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 2 for a wrong setting, 1 for a store that cannot be opened."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        toml = Path(options.config).read_text(encoding="utf-8") if options.config else ""
        settings = read_settings(Settings, os.environ, toml)
        check_listening(settings)
    except (LinliError, OSError, UnicodeDecodeError) as error:
        print(f"api: {error}", file=sys.stderr)
        return 2
    try:
        app = create_app(settings)
    except LinliError as error:
        print(f"api: the store cannot be opened: {error}", file=sys.stderr)
        return 1
    if not is_loopback(settings.api_host):
        where = f"http://<address of this machine>:{settings.api_port}/?token=<LINLI_API_TOKEN>"
        print(f"api: open it on a phone at {where}", file=sys.stderr)
    asyncio.run(serve(app, settings).serve())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api", description=__doc__)
    parser.add_argument("--config", default="", help="settings file (TOML); LINLI_… variables win over it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
