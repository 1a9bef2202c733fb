"""A process's settings: one frozen Struct, the environment (`LINLI_…`) over a TOML file, read at start."""

import tomllib
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from linli.errors import InvalidSetting

ENV_PREFIX = "LINLI_"

S = TypeVar("S", bound=msgspec.Struct)


def read_settings(cls: type[S], environ: Mapping[str, str], toml: str = "") -> S:
    """Fill `cls` (flat; each field Annotated with a Meta description that gives its unit).

    Field `broker_port` is `LINLI_BROKER_PORT` in the environment, which wins, and `broker_port` in `toml`.
    An empty environment variable counts as not set.

    Raises InvalidSetting, one line that names the setting.
    """
    try:
        values: dict[str, object] = dict(tomllib.loads(toml))
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(f"the settings file is no TOML: {error}") from error
    fields = cls.__struct_fields__
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise InvalidSetting(
            f"the settings file has {unknown[0]!r}, which is no setting; there are: {', '.join(fields)}"
        )
    values |= {field: text for field in fields if (text := environ.get(variable(field), ""))}
    for field in fields:  # one at a time, so that the message can name it
        if field in values:
            _check(cls, field, values[field])
    try:
        return msgspec.convert(values, cls, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidSetting(f"settings: {error}") from error


def variable(field: str) -> str:
    """The environment variable of a field."""
    return ENV_PREFIX + field.upper()


def _check(cls: type[S], field: str, value: object) -> None:
    wanted = next(f.type for f in msgspec.structs.fields(cls) if f.name == field)
    try:
        msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidSetting(f"{variable(field)} cannot be {value!r}: {error}") from error
