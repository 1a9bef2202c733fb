import json
import shutil
from dataclasses import replace

import pytest
from PIL import Image

from models import compare
from models.classifier import ARTIFACTS, WasteClassifier
from models.measuring.answers import Answer
from models.measuring.manifest import Photo
from models.sums import write_sums
from tests.unit.models.drawn import archive, encoded, picture


def test_mcnemar_of_known_cases():
    assert compare.mcnemar(0, 0) == 1
    assert compare.mcnemar(0, 5) == pytest.approx(2 / 32)
    assert compare.mcnemar(5, 15) == pytest.approx(0.04139, abs=1e-5)
    assert compare.mcnemar(15, 5) == compare.mcnemar(5, 15)


def test_luck_is_not_taken_for_a_better_model():
    old = [True] * 50 + [False] * 50
    luck = [True] * 49 + [False] * 48 + [True] * 3
    clear = [True] * 50 + [True] * 20 + [False] * 30
    assert compare.verdict(old, luck)["better"] == "neither"
    assert compare.verdict(old, clear)["better"] == "new"
    assert compare.verdict(clear, old)["better"] == "old"
    with pytest.raises(ValueError, match="zip"):
        compare.verdict(old, clear[:-1])


def test_a_model_is_no_better_than_itself(tmp_path, capsys):
    manifest = archive(
        tmp_path, [("recyclable", "plastic", encoded(picture(seed=seed))) for seed in range(4)]
    )
    out = tmp_path / "compared.json"
    options = ["--manifest", str(manifest), "--photos", str(tmp_path), "--json", str(out)]
    assert compare.main([str(ARTIFACTS), str(ARTIFACTS), *options]) == 0
    result = json.loads(out.read_text())
    assert result["kind"]["better"] == "neither"
    assert result["kind"]["photos"] == 4
    assert result["kind"]["p_value"] == 1
    said = capsys.readouterr().out
    assert "They differ in nothing." in said
    assert said.splitlines()[-1] == "Verdict: both are the same model, file by file (status 0)."
    assert all(len(line) <= 110 for line in said.splitlines() if not line.startswith(("old: ", "new: ")))


def test_what_two_models_differ_in_is_said(tmp_path, capsys):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    other = tmp_path / "[other]"
    shutil.copytree(ARTIFACTS, other)
    decision = json.loads((other / "decision.json").read_text())
    (other / "decision.json").write_text(json.dumps(decision | {"sure_from": 1.0}))
    write_sums(other)
    options = ["--manifest", str(manifest), "--photos", str(tmp_path)]
    assert compare.main([str(ARTIFACTS), str(other), *options]) == 0
    said = capsys.readouterr().out
    assert f"new: {other}, network " in said
    assert "They differ in decision.json." in said
    assert "Verdict: neither is better" in said


def test_a_line_of_the_table_says_what_is_right_of_which_photos(tmp_path, capsys):
    manifest = archive(tmp_path, [("none", "none", encoded(Image.new("RGB", (200, 150), "grey")))])
    options = ["--manifest", str(manifest), "--photos", str(tmp_path)]
    assert compare.main([str(ARTIFACTS), str(ARTIFACTS), *options]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert lines["refused"].split() == [
        "refused", "no", "item:", "it", "is", "refused", "1", "1", "1", "0", "0", "1.0000", "neither",
    ]  # fmt: skip
    assert set(compare.RIGHT) <= set(lines)


def answers(*, refused: tuple[bool, bool], kind: str = "other") -> list[Answer]:
    """Eight photos of an item and eight without, each group refused or not."""
    said = WasteClassifier.load().classify(b"")
    kept = replace(said, kind=kind, unsure=False, reason=None)
    return [
        Answer(Photo(f"{group}{number}", "", "val", true, "plastic", "s", "g"),
               said if is_refused else kept, 0.5, 0.5)
        for group, (true, is_refused) in enumerate(zip(("recyclable", "none"), refused, strict=True))
        for number in range(8)
    ]  # fmt: skip


def test_a_model_that_refuses_more_emptiness_is_better_at_that_alone():
    found = compare.judged(answers(refused=(False, False)), answers(refused=(False, True)))
    assert {name: part["better"] for name, part in found.items()} == {
        "kind": "neither", "item": "neither", "refused": "new", "kept": "neither", "sure": "neither",
        "wary": "neither",
    }  # fmt: skip
    assert found["refused"]["photos"] == found["kind"]["photos"] == 8


def test_a_model_that_refuses_items_is_worse_at_keeping_them():
    found = compare.judged(answers(refused=(False, True)), answers(refused=(True, True)))
    assert (found["kept"]["better"], found["refused"]["better"]) == ("old", "neither")


def test_what_is_lost_is_not_made_up_for_but_by_its_counterpart():
    same = dict.fromkeys(("kind", "item", "refused", "kept", "sure", "wary"), "neither")
    for better, worse, said in (
        ({}, False, "neither is better"),
        ({"kind": "new"}, False, "the new model is better at kind, and the old one at nothing"),
        ({"kind": "new", "item": "old"}, True, "the old model is better at item, for nothing"),
        ({"kept": "old"}, True, "the old model is better at kept, for nothing"),
        ({"kept": "old", "refused": "new"}, False, "better at refused, the old one at kept"),
        ({"sure": "old", "wary": "new"}, False, "better at wary, the old one at sure"),
        (
            {"wary": "old", "kept": "old", "refused": "new"},
            True,
            "the old model is better at wary, for nothing",
        ),
        ({"kind": "old", "item": "old", "sure": "old"}, True, "at kind, item and sure, for nothing"),
    ):
        result = {name: {"better": one} for name, one in (same | better).items()}
        assert bool(compare.losses(result)) is worse, better
        assert said in compare.conclusion(result)
        assert f"(status {int(worse)})" in compare.conclusion(result)


def test_a_model_that_is_never_sure_is_worse(tmp_path):
    old = answers(refused=(False, True), kind="recyclable")
    new = [
        replace(one, said=replace(one.said, unsure=True, reason=one.said.reason or "low_confidence"))
        for one in old
    ]
    found = compare.judged(old, new)
    assert (found["sure"]["better"], found["kind"]["better"]) == ("old", "neither")
    assert compare.losses(found)


def test_photos_without_an_item_are_compared_by_their_refusal(tmp_path):
    rows = [("none", "none", encoded(Image.new("RGB", (200, 150), "grey")))] * 3
    manifest = archive(tmp_path, [*rows, ("recyclable", "plastic", encoded(picture()))])
    out = tmp_path / "compared.json"
    options = ["--manifest", str(manifest), "--photos", str(tmp_path), "--json", str(out)]
    assert compare.main([str(ARTIFACTS), str(ARTIFACTS), *options]) == 0
    result = json.loads(out.read_text())
    assert (result["refused"]["photos"], result["refused"]["new_right"]) == (3, 3)
    assert result["kind"]["photos"] == result["kept"]["photos"] == 1


@pytest.mark.parametrize("missing", ["manifest", "split"])
def test_what_cannot_be_compared_is_one_line_and_status_2(tmp_path, capsys, missing):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    options = ["--manifest", str(manifest), "--photos", str(tmp_path)]
    if missing == "manifest":
        manifest.unlink()
    else:
        options += ["--split", "test"]
    assert compare.main([str(ARTIFACTS), str(ARTIFACTS), *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_breaks_is_no_verdict(tmp_path, capsys):
    manifest = archive(tmp_path, [("recyclable", "plastic", encoded(picture()))])
    options = ["--manifest", str(manifest), "--photos", str(tmp_path), "--json", "/dev/full"]
    assert compare.main([str(ARTIFACTS), str(ARTIFACTS), *options]) == 2
    assert "No space left" in capsys.readouterr().err
