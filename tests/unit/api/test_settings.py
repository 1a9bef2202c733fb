"""`python -m api`: where its settings come from, and what it says when they cannot be used."""

from pathlib import Path

import pytest

from api.__main__ import main


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LINLI_API_HOST", "LINLI_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_a_settings_file_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "api.toml"
    config.write_text('api_host = "192.0.2.7"\n', encoding="utf-8")
    assert main(["--config", str(config)]) == 2
    assert "LINLI_API_HOST=192.0.2.7 can be reached by others" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"api_host = ", b'api_hosts = "x"\n'])
def test_a_settings_file_that_cannot_be_used_costs_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    config = tmp_path / "api.toml"
    if content is not None:
        config.write_bytes(content)
    assert main(["--config", str(config)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("api: ")
    assert said.count("\n") == 1
