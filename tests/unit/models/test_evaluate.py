import csv
import json

import pytest
from PIL import Image

from models import evaluate
from models.classifier import WasteClassifier
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


def test_sources_add_up_to_all(measured):
    result, _ = measured
    assert set(result["sources"]) == {"source/0", "source/1"}
    assert sum(part["photos"] for part in result["sources"].values()) == result["photos"]


def test_latency_is_measured_with_and_without_decoding(measured):
    result, _ = measured
    parts = result["latency_one_thread"]
    assert 0 < parts["network_ms"]["p50"] <= parts["network_ms"]["p99"]
    assert parts["jpeg_720p_ms"]["p50"] > 0


def test_a_source_called_all_does_not_hide_the_total(tmp_path, capsys):
    rows = [("recyclable", "plastic", encoded(picture(seed=seed))) for seed in range(4)]
    manifest = archive(tmp_path, rows)
    manifest.write_text(manifest.read_text().replace("source/0", "all"))
    assert evaluate.main(["--manifest", str(manifest), "--photos", str(tmp_path)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[1] for line in lines if line[:1] == ["all"] and len(line) > 6][:2] == ["4", "2"]


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
