"""What a long run writes down beside its model: time, pace, what was fetched, and the card."""

import contextlib
import io
import json
import shutil
import time
from dataclasses import asdict, replace

import numpy as np
import pytest
from rich.console import Console

from models.classifier import ARTIFACTS
from models.errors import UnreadablePhotoError
from models.measuring import measures
from models.measuring.manifest import Photo
from models.training import card, pace, recipe, tables, wheels
from models.training.claim import claimed
from models.training.files import save_array
from models.training.photos import decoded
from models.training.timesheet import Timesheet, code_sha256
from tests.unit.models.drawn import encoded, picture


def work(sheet: Timesheet) -> None:
    """A tenth of a second's work, broken off."""
    begun = time.process_time()
    with contextlib.suppress(KeyboardInterrupt), sheet.noted("fit"):
        while time.process_time() - begun < 0.1:
            pass
        raise KeyboardInterrupt


def test_a_step_taken_up_again_adds_to_its_time(tmp_path):
    sheet = Timesheet(tmp_path)
    assert sheet.read() == {}
    work(sheet)
    first = sheet.read()["fit"]
    work(sheet)
    with sheet.noted("ship"):
        pass
    steps = Timesheet(tmp_path).read()
    assert 0 < first["cpu_seconds"] < steps["fit"]["cpu_seconds"]
    assert steps["ship"]["cpu_seconds"] < first["cpu_seconds"]
    assert steps["fit"]["code"] == [code_sha256()[:12]]


def test_the_code_s_hash_hangs_on_every_module_and_its_place(tmp_path):
    (tmp_path / "part").mkdir()
    found = []
    for name, text in (("a.py", "x"), ("a.py", "y"), ("part/a.py", "y"), ("notes.md", "z")):
        (tmp_path / name).write_text(text)
        found.append(code_sha256(tmp_path))
    assert found[0] != found[1] != found[2] == found[3]


def test_the_pace_is_of_this_run_and_is_said_once_a_minute(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("models.training.pace.time.monotonic", lambda: now[0])
    page = io.StringIO()
    counted = pace.Pace(Console(file=page, width=120), "asking", 1000)
    counted.found(400)
    for _ in range(12):
        now[0] += 10
        counted.step(20)
    lines = page.getvalue().splitlines()
    assert len(lines) == 2
    assert "asking: 520 of 1000, 2.0/s, 4 min left" in lines[0]


def test_a_folder_of_other_photos_or_another_recipe_is_not_gone_on_with(tmp_path, monkeypatch):
    manifest = tmp_path / "m.csv"
    manifest.write_text("one")

    def begun(amounts: recipe.Amounts) -> None:
        with claimed(tmp_path, (manifest,), amounts, 1):
            pass

    begun(recipe.TINY)
    begun(recipe.TINY)
    with pytest.raises(ValueError, match=r"begun with other drawn, fits"):
        begun(replace(recipe.TINY, fits=recipe.TINY.fold, drawn=3))
    manifest.write_text("one, and corrections")
    with pytest.raises(ValueError, match=r"begun with other manifests \(made-of.json says which\)"):
        begun(recipe.TINY)
    manifest.write_text("one")
    second = tmp_path / "second.csv"
    second.write_text("two")
    with claimed(tmp_path / "both", (manifest, second), recipe.TINY, 1):
        pass
    with pytest.raises(ValueError, match=r"other manifests"), claimed(
        tmp_path / "both", (second, manifest), recipe.TINY, 1
    ):  # fmt: skip
        pass  # another order has other rows
    monkeypatch.setattr("models.training.claim.LAYOUT", 0)
    with pytest.raises(ValueError, match=r"begun with other layout"):
        begun(recipe.TINY)


def test_a_folder_is_of_one_run_at_a_time_and_has_room_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr("models.training.claim.LET_GO_S", 0.3)
    manifest, work = tmp_path / "m.csv", tmp_path / "work"
    manifest.write_text("one")
    too_many = claimed(work, (manifest,), recipe.TINY, 10**13)
    with pytest.raises(OSError, match=r"GB are free for .*work, and 2300000001\.0 are needed"), too_many:
        pass
    second = claimed(work, (manifest,), recipe.TINY, 1)
    with (
        claimed(work, (manifest,), recipe.TINY, 1),
        pytest.raises(ValueError, match=r"another run is at work in .*work"),
        second,
    ):
        pass
    with claimed(work, (manifest,), recipe.TINY, 1):
        pass


def test_what_a_kill_left_half_written_is_not_there(tmp_path):
    save_array(tmp_path / "a.npy", np.arange(4))
    assert np.load(tmp_path / "a.npy").tolist() == [0, 1, 2, 3]

    class Broken:
        def __array__(self, *_options: object, **_named: object) -> np.ndarray:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        save_array(tmp_path / "a.npy", Broken())
    assert np.load(tmp_path / "a.npy").tolist() == [0, 1, 2, 3]


def test_a_network_with_another_hash_is_not_used(tmp_path):
    (tmp_path / "u2net.onnx").write_bytes(b"something else")
    with pytest.raises(ValueError, match="another hash"):
        wheels.fetched("u2net.onnx", tmp_path)


def test_below_30_photos_the_card_gives_counts_and_no_percentage():
    assert tables.percent(measures.share(2, 6)) == "2 of 6 (10–70 %)"
    assert tables.percent(measures.share(60, 100)) == "60.0 % (50.2–69.1)"
    assert tables.percent(measures.share(0, 0)) == "none"


@pytest.fixture
def folder(tmp_path):
    """Artifacts as a run leaves them, from the shipped model's own figures."""
    metrics = json.loads((ARTIFACTS / "metrics.json").read_text())
    some = dict(zip(("panel", "plain"), list(metrics["sources"].values()), strict=False))
    share = measures.share(1000, 1091)
    training = {
        "model_sha256": metrics["model_sha256"],
        "runs": [asdict(run) for run in recipe.FULL.fits],
        "shown": {
            "photos": 0.5,
            "composites": 0.25,
            "drawn": 0.05,
            "hidden": 0.5,
            "kinds": {"other": 1.0},
            "opinion": 0.5,
            "cap": 61,
        },
        "frozen_blocks": 5,
        "weight_bits": 7,
        "right_when_sure": 0.96,
        "cut_outs": 2345,
        "taught_photos": 10_500,
        "products_in": "bfloat16",
        "versions": {"torch": "2.13.0"},
        "int8": {"float": share, "int8": share, "same": share},
    }
    loso = json.loads((ARTIFACTS / "loso.json").read_text())
    loso |= {"model_sha256": metrics["model_sha256"], "runs": [asdict(run) for run in recipe.FULL.fold]}
    for name, part in {"metrics": metrics, "made": metrics | {"sources": some}, "drawn": metrics,
                       "training": training, "loso": loso}.items():  # fmt: skip
        (tmp_path / f"{name}.json").write_text(json.dumps(part))
    for name in ("decision.json", "labels.json"):
        shutil.copy(ARTIFACTS / name, tmp_path)
    return tmp_path


def test_the_card_says_what_the_files_say(folder):
    card.fill(folder, {"fit": {"seconds": 4560.0, "cpu_seconds": 7200.0, "code": ["abc", "def"]}})
    text = (folder / card.CARD).read_text(encoding="utf-8")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert "$" not in text
    assert metrics["model_sha256"] in text
    assert f"item {tables.percent(metrics['item_accuracy'])}" in text
    assert "| fit | 76.0 | 120.0 | abc def |" in text
    assert "448,000 pictures in all" in text
    assert "over 14 items" in text
    assert "capped at 61 photos'" in text
    assert "kernels rounded as in int8, first drawn back by 50 %)" in text
    assert "It is 32,000 pictures a fold at up to 192 pixels" in text
    for name, part in metrics["items"].items():
        assert f"| {name} | {part['recall']['of']} | {tables.percent(part['recall'])} |" in text
    assert json.loads((folder / "training.json").read_text())["steps"]["fit"]["seconds"] == 4560.0


def filled(folder):
    card.fill(folder, {})
    return (folder / card.CARD).read_text(encoding="utf-8")


def test_the_card_says_what_is_true_of_that_which_is_surely_called_hazardous(folder):
    text = filled(folder)
    for name in ("metrics.json", "loso.json"):
        counts = json.loads((folder / name).read_text())["kind_confusion_sure"]
        right, called = counts["hazardous"]["hazardous"], sum(row["hazardous"] for row in counts.values())
        assert text.count(f" | {tables.percent(measures.share(right, called))} |") >= 2


def test_the_card_knows_nothing_of_photos_that_are_not_ours(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    assert "Thin items" in filled(folder)
    assert "this page cannot know it" not in filled(folder)
    for manifests, ours in (({"gate.csv": "ab"}, False), (metrics["manifests"] | {"gate.csv": "ab"}, True)):
        (folder / "metrics.json").write_text(json.dumps(metrics | {"manifests": manifests}))
        text = filled(folder)
        assert ("Thin items" in text) is ours
        assert "Whose the photos of gate.csv are" in text


def test_an_aim_that_could_not_be_measured_is_not_reached(folder):
    made = json.loads((folder / "made.json").read_text()) | {"balanced_kind_accuracy": None}
    (folder / "made.json").write_text(json.dumps(made))
    assert "| a bin's camera: balanced kind | ≥ 85 % | none | composites | no |" in filled(folder)


@pytest.mark.parametrize("name", ["made.json", "drawn.json", "loso.json"])
def test_figures_of_two_models_make_no_card(folder, name):
    part = json.loads((folder / name).read_text()) | {"model_sha256": "0" * 64}
    (folder / name).write_text(json.dumps(part))
    with pytest.raises(ValueError, match="not of one model"):
        card.fill(folder, {})
    assert not (folder / card.CARD).exists()


def test_a_photo_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "good.jpg").write_bytes(encoded(picture()))
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    shown = [Photo(name, "", "train", "other", "x", "s", name) for name in ("good.jpg", "bad.jpg")]
    with pytest.raises(UnreadablePhotoError, match=r"bad\.jpg: "):
        decoded(shown, tmp_path, tmp_path / "squares.npy")
