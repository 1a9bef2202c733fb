"""What the tools say of photos, manifests and surroundings that are not as they should be."""

import json
import lzma
import os
import subprocess
import sys

import pytest

from models import evaluate
from models.classifier import ARTIFACTS
from tests.unit.models.drawn import archive, encoded, picture


def test_two_manifests_of_one_name_are_refused(tmp_path, capsys):
    first = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    (tmp_path / "more").mkdir()
    second = tmp_path / "more" / first.name
    second.write_text(first.read_text().splitlines()[0] + "\n")
    options = ["--manifest", str(first), "--manifest", str(second), "--photos", str(tmp_path)]
    assert evaluate.main(options) == 2
    assert f"2 manifests are called {first.name}" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["manifest", "tar", "split", "kind"])
def test_what_is_missing_is_one_line_and_status_2(tmp_path, capsys, missing):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    options = ["--manifest", str(manifest), "--photos", str(tmp_path)]
    if missing == "manifest":
        manifest.unlink()
    elif missing == "kind":
        manifest.write_text(manifest.read_text().replace("recyclable", "recycleable"))
    elif missing == "tar":
        (tmp_path / "val.tar").unlink()
    else:
        options += ["--split", "test"]
    assert evaluate.main(options) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda text: text + text.splitlines()[1] + "\n", "is there twice"),
        (lambda text: text.replace("val/plastic", "../plastic"), "no path within"),
        (lambda text: text.replace("val/plastic", "/plastic"), "no path within"),
        (lambda text: text.replace("source/0", "x" * 200_000), "field larger"),
        (lambda text: text.replace("source/0", "\ud800"), "utf-8"),
    ],
)
def test_a_wrong_manifest_is_named(tmp_path, capsys, wrong, said):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    manifest.write_text(wrong(manifest.read_text()), encoding="utf-8", errors="surrogatepass")
    assert evaluate.main(["--manifest", str(manifest), "--photos", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert f"models.evaluate: {manifest}: " in error
    assert said in error


def test_what_cannot_be_read_is_named_and_counts_nowhere(tmp_path, capsys):
    good = [("recyclable", "plastic", encoded(picture(seed=seed))) for seed in range(3)]
    lost = [("other", "misc_trash", b"junk"), ("none", "none", b"")]
    measured = {}
    for name, rows in (("all", [*good, *lost]), ("good", good)):
        folder = tmp_path / name
        folder.mkdir()
        options = ["--manifest", str(archive(folder, rows)), "--photos", str(folder)]
        assert evaluate.main([*options, "--json", str(folder / "out.json")]) == 0
        measured[name] = json.loads((folder / "out.json").read_text())
    assert "2 of 5 photos could not be read, and count nowhere: val/misc_trash" in capsys.readouterr().out
    assert (measured["all"]["unreadable"], measured["good"]["unreadable"]) == (2, 0)
    for figure in ("photos", "kind_accuracy", "kinds", "kind_confusion", "refusals", "sure"):
        assert measured["all"][figure] == measured["good"][figure]


def test_where_nothing_can_be_read_there_is_no_figure(tmp_path, capsys):
    manifest = archive(tmp_path, [("other", "misc_trash", b"junk")] * 40)
    options = ["--manifest", str(manifest), "--photos", str(tmp_path), "--json", str(tmp_path / "out.json")]
    assert evaluate.main(options) == 2
    assert "40 of 40 photos could not be read" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("kind", ["hazardous", "none"])
def test_a_label_at_odds_with_the_model_s_is_said(tmp_path, capsys, kind):
    manifest = archive(tmp_path, [(kind, "food_waste", encoded(picture()))])
    assert evaluate.main(["--manifest", str(manifest), "--photos", str(tmp_path)]) == 0
    assert f"is {kind!r}, and 'food_waste' is 'kitchen' to the model" in capsys.readouterr().out


def test_labels_made_by_hand_are_not_written_over(tmp_path, capsys):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    before = manifest.read_bytes()
    options = ["--manifest", str(manifest), "--photos", str(tmp_path), "--each", str(manifest)]
    assert evaluate.main(options) == 2
    assert "it would be written over" in capsys.readouterr().err
    assert manifest.read_bytes() == before


@pytest.mark.parametrize("tool", ["evaluate", "compare"])
def test_who_stops_reading_gets_no_verdict_and_no_traceback(tmp_path, tool):
    rows = [("recyclable", "plastic", encoded(picture(seed=seed))) for seed in range(3)]
    options = ["--manifest", str(archive(tmp_path, rows)), "--photos", str(tmp_path)]
    models = [str(ARTIFACTS)] * 2 if tool == "compare" else []
    command = [sys.executable, "-m", f"models.{tool}", *models, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as measuring:
        assert measuring.stdout is not None
        assert measuring.stderr is not None
        measuring.stdout.close()
        said = measuring.stderr.read()
    assert (measuring.returncode, said) == (2, b"")


@pytest.mark.parametrize("tool", ["evaluate", "compare"])
def test_without_rich_it_says_so_in_one_line(tmp_path, tool):
    (tmp_path / "rich.py").write_text("raise ModuleNotFoundError('no', name='rich')")
    done = subprocess.run(
        [sys.executable, "-m", f"models.{tool}", "--help"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (
        2,
        "models.evaluate and models.compare need rich: pip install rich\n",
    )


def test_a_damaged_compressed_tar_is_named(tmp_path, capsys):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))] * 3)
    squeezed = bytearray(lzma.compress((tmp_path / "val.tar").read_bytes()))
    squeezed[60:90] = bytes(30)
    (tmp_path / "val.tar").write_bytes(squeezed)
    assert evaluate.main(["--manifest", str(manifest), "--photos", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert str(tmp_path / "val.tar") in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_a_tar_cut_short_is_named(tmp_path, capsys, share):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))] * 3)
    tar = tmp_path / "val.tar"
    tar.write_bytes(tar.read_bytes()[: int(tar.stat().st_size * share)])
    assert evaluate.main(["--manifest", str(manifest), "--photos", str(tmp_path)]) == 2
    assert str(tar) in capsys.readouterr().err
