import csv
import json
import lzma
import os
import subprocess
import sys

import pytest
from PIL import Image

from models import evaluate
from models.classifier import ARTIFACTS, WasteClassifier
from models.labels import KINDS
from tests.unit.models.drawn import archive, encoded, picture


@pytest.fixture
def measured(tmp_path):
    rows = [("recyclable", "plastic", encoded(picture(seed=seed))) for seed in range(3)]
    rows += [("hazardous", "thermometer", encoded(picture(seed=9)))]
    rows += [("none", "none", encoded(Image.new("RGB", (200, 150), "grey")))] * 2
    manifest = archive(tmp_path, rows)
    out = tmp_path / "figures" / "out.json"
    options = ["--manifest", str(manifest), "--photos", str(tmp_path), "--json", str(out)]
    assert evaluate.main([*options, "--each", str(tmp_path / "lists" / "each.csv")]) == 0
    return json.loads(out.read_text()), rows


def test_it_counts_what_the_classifier_says(measured):
    result, rows = measured
    classifier = WasteClassifier.load()
    said = [classifier.classify(jpeg).kind for kind, _, jpeg in rows if kind != "none"]
    assert result["photos"] == 4
    assert result["kind_confusion"]["recyclable"] == {kind: said[:3].count(kind) for kind in KINDS}
    assert result["kind_confusion"]["hazardous"] == {kind: said[3:].count(kind) for kind in KINDS}
    assert result["kind_accuracy"]["of"] == 4
    assert result["kind_accuracy"]["share"] is None
    assert result["model_sha256"] == classifier.model_hash
    assert result["sure"]["item_accuracy"]["of"] <= result["item_accuracy"]["of"]


def test_what_was_said_of_each_photo_is_listed(measured, tmp_path):
    _, rows = measured
    with (tmp_path / "lists" / "each.csv").open(newline="") as lines:
        each = list(csv.DictReader(lines))
    assert [(one["bin"], one["fine"]) for one in each] == [(kind, item) for kind, item, _ in rows]
    classifier = WasteClassifier.load()
    for one, (_, _, jpeg) in zip(each, rows, strict=True):
        said = classifier.classify(jpeg)
        assert (one["kind"], one["item"], one["unsure"]) == (said.kind, said.item, said.reason or "")
        assert float(one["confidence"]) == pytest.approx(said.confidence, abs=1e-4)


def test_an_item_that_is_no_label_counts_by_kind_only(measured):
    result, _ = measured
    assert result["item_accuracy"]["of"] == 3
    assert sum(sum(row.values()) for row in result["item_confusion"].values()) == 3


def test_photos_without_an_item_are_counted_as_refused_and_nowhere_else(measured):
    result, _ = measured
    assert result["refusals"]["no_item_refused"]["hits"] == 2
    assert result["refusals"]["no_item_refused"]["of"] == 2
    assert result["refusals"]["reasons"]["no_item"]["no_item"] == 2
    assert result["refusals"]["no_item_reasons"] == {"none": {"no_item": 2}}


def test_a_source_without_items_is_told_apart_from_those_of_all(tmp_path):
    rows = [("recyclable", "plastic", encoded(picture())), ("none", "none", encoded(picture(seed=1)))]
    manifest = archive(tmp_path, rows)
    out = tmp_path / "out.json"
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join([*lines[:2], lines[2].replace("source/", "bare/")]) + "\n")
    options = ["--manifest", str(manifest), "--photos", str(tmp_path), "--json", str(out)]
    assert evaluate.main(options) == 0
    sources = json.loads(out.read_text())["sources"]
    bare = next(part for name, part in sources.items() if name.startswith("bare/"))
    assert bare["photos"] == 0
    assert bare["refusals"]["no_item_auroc"] is not None


def test_two_manifests_of_one_name_are_refused(tmp_path, capsys):
    first = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    (tmp_path / "more").mkdir()
    second = tmp_path / "more" / first.name
    second.write_text(first.read_text().splitlines()[0] + "\n")
    options = ["--manifest", str(first), "--manifest", str(second), "--photos", str(tmp_path)]
    assert evaluate.main(options) == 2
    assert f"2 manifests are called {first.name}" in capsys.readouterr().err


def test_sources_add_up_to_all(measured):
    result, _ = measured
    assert set(result["sources"]) == {"source/0", "source/1"}
    assert sum(part["photos"] for part in result["sources"].values()) == result["photos"]


def test_latency_is_measured_with_and_without_decoding(measured):
    result, _ = measured
    parts = result["latency_one_thread"]
    assert 0 < parts["network_ms"]["p50"] <= parts["network_ms"]["p99"]
    assert parts["jpeg_720p_ms"]["p50"] > 0


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


def test_a_source_called_all_does_not_hide_the_total(tmp_path, capsys):
    rows = [("recyclable", "plastic", encoded(picture(seed=seed))) for seed in range(4)]
    manifest = archive(tmp_path, rows)
    manifest.write_text(manifest.read_text().replace("source/0", "all"))
    assert evaluate.main(["--manifest", str(manifest), "--photos", str(tmp_path)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[1] for line in lines if line[:1] == ["all"] and len(line) > 6][:2] == ["4", "2"]


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


def test_a_source_is_shown_as_it_is_written(tmp_path, capsys):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    manifest.write_text(manifest.read_text().replace("source/0", "[/red]x"))
    options = ["--manifest", str(manifest), "--photos", str(tmp_path)]
    assert evaluate.main([*options, "--json", str(tmp_path)]) == 2
    assert "Is a directory" in capsys.readouterr().err
    assert evaluate.main([*options, "--each", "/dev/full"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert evaluate.main(options) == 0
    assert "[/red]x" in capsys.readouterr().out


def test_plots_are_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="plots are an optional extra")
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    options = ["--manifest", str(manifest), "--photos", str(tmp_path), "--plots", str(tmp_path / "plots")]
    assert evaluate.main(options) == 0
    names = {path.name for path in (tmp_path / "plots").iterdir()}
    assert names == {"reliability.png", "risk-coverage.png", "kind-confusion.png", "item-confusion.png"}


@pytest.mark.parametrize("row", ["a.jpg", "a.jpg,none", "./a.jpg,none,none"])
def test_a_short_row_or_a_photo_named_twice_is_said_in_one_line(tmp_path, capsys, row):
    (tmp_path / "a.jpg").write_bytes(encoded(picture()))
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"file,bin,fine\na.jpg,none,none\n{row}\n")
    assert evaluate.main(["--manifest", str(manifest), "--photos", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "m.csv" in said
