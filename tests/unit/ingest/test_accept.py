import pytest

from ingest.__main__ import main
from stores.operational import open_store, sqlite_url
from tests.unit.ingest.house import House, deposit, fill


@pytest.fixture
def data(house: House, monkeypatch):
    house.send(fill(95), fill(96), device="garden/bin-7")
    monkeypatch.setenv("LINLI_DATA_DIR", str(house.folder))
    return house


def test_it_accepts_and_a_running_ingest_sees_it(data, capsys):
    version = data.store.operator_version()
    status = main(
        [
            "accept",
            "garden",
            "bin-7",
            "--building",
            "b1",
            "--compartment",
            "kitchen=kitchen",
            "--name",
            "东门",
        ]
    )
    assert status == 0
    assert capsys.readouterr().out == "garden/bin-7 is accepted at b1\n"
    assert data.store.operator_version() > version
    (row,) = [d for d in data.store.devices() if d.id == "bin-7"]
    assert (row.accepted, row.building, row.name, row.compartments) == (
        True,
        "b1",
        "东门",
        {"kitchen": "kitchen"},
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere", "bin-7", "--building", "b1"], "there are: garden, hill"),
        (["garden", "bin-7", "--building", "b9"], "there are: b1"),
        (["garden", "bin 7", "--building", "b1"], "is no name"),
        (["garden", "bin-7", "--building", "b1", "--compartment", "k1"], "NAME=KIND"),
        (["garden", "bin-7", "--building", "b1", "--compartment", "k1=plastics"], "plastics"),
        (
            ["garden", "bin-7", "--building", "b1", "--compartment", "a=other", "--compartment", "a=other"],
            "twice",
        ),
    ],
)
def test_what_does_not_fit_is_one_clear_line(data, capsys, arguments, says):
    assert main(["accept", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert not any(d.accepted for d in data.store.devices() if d.id == "bin-7")


def test_a_compartment_that_it_has_named_must_be_said(data, capsys):
    data.send(deposit("battery", "hazardous", compartment="side", seq=3), device="garden/bin-7")
    assert main(["accept", "garden", "bin-7", "--building", "b1", "--compartment", "side=other"]) == 2
    error = capsys.readouterr().err
    assert "add --compartment kitchen=KIND (KIND: recyclable, hazardous, kitchen, other)" in error
    assert error.count("\n") == 1
    assert not any(d.accepted for d in data.store.devices() if d.id == "bin-7")
    both = ["--compartment", "side=other", "--compartment", "kitchen=kitchen"]
    assert main(["accept", "garden", "bin-7", "--building", "b1", *both]) == 0
    assert main(["accept", "garden", "bin-7", "--building", "b1"]) == 0  # known now: it may change


def test_what_was_said_of_it_is_not_forgotten_by_accepting_it_again(data, capsys):
    who = ["accept", "garden", "bin-7", "--building", "b1"]
    kinds = ["--compartment", "kitchen=kitchen", "--compartment", "wet=kitchen"]
    assert main([*who, *kinds, "--name", "东门"]) == 0
    assert main(who) == 0
    (row,) = [d for d in data.store.devices() if d.id == "bin-7"]
    assert (row.name, row.compartments) == ("东门", {"kitchen": "kitchen", "wet": "kitchen"})
    assert main([*who, "--compartment", "kitchen=other"]) == 0
    (row,) = [d for d in data.store.devices() if d.id == "bin-7"]
    assert row.compartments == {"kitchen": "other"}, "what is said anew is all there is"


def test_one_that_was_never_heard_is_accepted_with_a_note(data, capsys):
    assert main(["accept", "garden", "bin-8", "--building", "b1"]) == 0
    assert "nothing has been heard of it yet" in capsys.readouterr().out
    assert any(d.accepted for d in data.store.devices() if d.id == "bin-8")


@pytest.mark.parametrize(
    "command",
    [
        ["accept", "garden", "bin-7", "--building", "b1"],
        ["refill", "--from", "2026-05-01", "--to", "2026-05-02"],
    ],
)
def test_a_folder_without_a_store_is_named_and_none_is_made_there(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINLI_DATA_DIR", raising=False)
    monkeypatch.setenv("LINLI_INFLUXDB_URL", "http://127.0.0.1:1")
    assert main(command) == 1
    error = capsys.readouterr().err
    assert f"there is no store {tmp_path}/var/linli/linli.db" in error
    assert "LINLI_DATA_DIR" in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_named(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("LINLI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LINLI_BROKER_PORT", "many")
    assert main(["run"]) == 1
    assert "LINLI_BROKER_PORT" in capsys.readouterr().err
    monkeypatch.setenv("LINLI_BROKER_PORT", "1883")
    monkeypatch.setenv("LINLI_INVENTORY", str(tmp_path / "none.toml"))
    assert main(["run"]) == 1
    assert "LINLI_INVENTORY" in capsys.readouterr().err


def test_two_ingests_cannot_work_in_one_data_directory(tmp_path, monkeypatch, capsys):
    from ingest import identity

    monkeypatch.setenv("LINLI_DATA_DIR", str(tmp_path))
    open_store(sqlite_url(tmp_path)).close()
    with identity.lock(tmp_path):
        assert main(["run"]) == 1
    assert "another ingest" in capsys.readouterr().err


def test_two_ingests_cannot_work_on_one_store_from_two_data_directories(tmp_path, monkeypatch, capsys):
    from ingest import identity
    from stores.operational import FILE

    (tmp_path / "first").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "first")  # the same file by another name
    monkeypatch.setenv("LINLI_DATA_DIR", str(tmp_path / "second"))
    monkeypatch.setenv("LINLI_DATABASE_URL", f"sqlite:///{tmp_path}/link/{FILE}")
    with identity.lock_store(tmp_path / "first" / FILE):
        assert main(["run"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("ingest: another ingest (pid ")
    assert f"works on the store {tmp_path / 'first' / FILE}" in said
    assert said.count("\n") == 1


def test_the_client_id_stays(tmp_path):
    from ingest.identity import client_id

    store = f"sqlite:///{tmp_path}/linli.db"
    assert client_id(tmp_path, store, {"*"}) == client_id(tmp_path, store, {"*"})


def test_those_who_stand_by_for_each_other_share_a_client_id_and_no_others(tmp_path):
    from ingest.identity import client_id

    first, second = tmp_path / "first", tmp_path / "second"
    store, other = (
        "postgresql+psycopg://u:secret@db:5432/linli",
        "postgresql+psycopg://u:secret@db:5432/lilin",
    )
    assert client_id(first, store, {"a", "b"}) == client_id(second, store, {"b", "a"})
    assert client_id(first, store, {"a", "b"}) != client_id(first, store, {"a"})
    assert client_id(first, store, {"a", "b"}) != client_id(first, other, {"a", "b"})
