"""What needs torch: the fit that is taken up again, the teacher's weights, and its opinions."""

# ruff: noqa: E402 - what is skipped without torch is imported after the skip
import copy
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed: no torch")
onnx = pytest.importorskip("onnx", reason="the extra 'train' is not installed: no onnx")
pytest.importorskip("efficientnet_lite_pytorch", reason="the extra 'train' is not installed")

from models.measuring.manifest import Photo
from models.training import teacher, teaching
from models.training.backgrounds import Stock
from models.training.cutouts import CutOut
from models.training.depthwise import Depthwise
from models.training.fit import draw_back, fit, fit_all
from models.training.network import STEPS, WasteNetwork, in_steps
from models.training.recipe import TINY
from models.training.samples import Material, Samples

CLASSES = ("battery", "plastic", "bag", "covered", "none")


@pytest.fixture
def material() -> Material:
    dice = np.random.default_rng(1)
    photos = [
        Photo(f"{n}", "t", "train", kind, item, "s", f"{n}")
        for n, (kind, item) in enumerate([("hazardous", "battery"), ("recyclable", "plastic")] * 4)
    ]
    squares = dice.integers(0, 255, (8, 256, 256, 3), np.uint8)
    cut = CutOut("0", "battery", Image.new("RGBA", (60, 60), (200, 10, 10, 255)))
    opinions = np.zeros((8, len(CLASSES)), np.float32)
    opinions[0, :2] = (0.2, 0.8)
    embeddings = np.zeros((8, 512), np.float32)
    embeddings[0, 3] = 1
    stock = Stock(squares[:2], squares[:2, :96, :96])
    return Material(photos, squares, [cut], embeddings, opinions, CLASSES, [], stock)


def test_a_sample_follows_from_its_number_and_aims_at_one(material):
    whole = Samples(material, 64, seed=3, first=0, count=40)
    later = Samples(material, 64, seed=3, first=30, count=10)
    taught = 0
    for index in range(40):
        pixels, aim, known = whole[index]
        assert float(aim.sum()) == pytest.approx(1)
        taught += bool(known.any())
        if known.any():
            assert aim.tolist() == pytest.approx([0.6, 0.4, 0, 0, 0])
        if index >= 30:
            again = later[index - 30]
            assert torch.equal(pixels, again[0])
    assert 0 < taught < 40


def test_a_fit_that_was_broken_off_ends_as_if_it_had_not(material, tmp_path):
    run = replace(TINY.fits[0], epochs=2, epoch=4, batch=2)

    def begun() -> WasteNetwork:
        torch.manual_seed(0)
        return WasteNetwork(len(CLASSES))

    console = Console(quiet=True)
    whole, _ = fit(begun(), material, run, tmp_path / "whole.pt", console)

    class Stopped(Exception):
        pass

    class Stopping(Console):
        def print(self, *_parts: object, **_options: object) -> None:
            raise Stopped

    with pytest.raises(Stopped):
        fit(begun(), material, run, tmp_path / "parts.pt", Stopping())
    parts, _ = fit(begun(), material, run, tmp_path / "parts.pt", console)
    for one, two in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_weights_are_drawn_back_and_what_finds_the_teacher_stays():
    network = WasteNetwork(len(CLASSES))
    begun = copy.deepcopy(network)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(1.0)
    before = network.teacher_head.weight.clone()
    draw_back(network, begun, 0.25)
    for moved, first in ((network.backbone, begun.backbone), (network.head, begun.head)):
        for weight, was in zip(moved.parameters(), first.parameters(), strict=True):
            assert torch.allclose(weight, was + 0.75, atol=1e-4)
    assert torch.equal(network.teacher_head.weight, before)


def test_fits_go_on_from_one_another_also_when_broken_off(material, tmp_path):
    one = replace(TINY.fits[0], epochs=1, cooling=1, epoch=4, batch=2)
    runs = (one, replace(one, drawn_back=0.5, rate=0.0, head_rate=0.0))  # the second one learns nothing

    def fitted() -> tuple[WasteNetwork, WasteNetwork]:
        torch.manual_seed(0)
        begun = WasteNetwork(len(CLASSES))
        return copy.deepcopy(begun), fit_all(begun, material, runs, tmp_path, Console(quiet=True))[0]

    begun, whole = fitted()
    first = torch.load(tmp_path / "fit-1.pt", weights_only=True)["average"]
    assert not torch.equal(first["head.weight"], begun.head.weight)
    for name, weight in whole.named_parameters():
        start = first[name] if name.startswith("teacher") else begun.get_parameter(name)
        assert torch.allclose(weight, (first[name] + start) / 2, atol=1e-6), name
    (tmp_path / "fit-2.pt").unlink()  # broken off after the first
    for once, again in zip(whole.parameters(), fitted()[1].parameters(), strict=True):
        assert torch.allclose(once, again, atol=1e-6)


def test_a_fit_without_time_still_cools(material, tmp_path):
    run = replace(TINY.fits[0], epochs=9, cooling=3, epoch=2, batch=2)
    _, was = fit(WasteNetwork(len(CLASSES)), material, run, tmp_path / "f.pt", Console(quiet=True), until=0.0)
    assert (was.epochs, was.cooling) == (2, 1)


def test_a_rounded_network_says_what_its_int8_file_will(tmp_path):
    torch.manual_seed(5)
    network = WasteNetwork(4).eval()
    pixels = torch.randint(0, 255, (2, 64, 64, 3), dtype=torch.uint8)
    whole = network(pixels)[0]
    network.rounded = True
    rounded = network(pixels)[0]
    assert not torch.equal(whole, rounded)
    kernels = network.backbone._blocks[8]._expand_conv.weight
    stepped = in_steps(kernels)
    assert torch.equal(in_steps(stepped), stepped)
    assert max(len(channel.unique()) for channel in stepped) <= 2 * STEPS + 1
    assert (kernels - stepped).abs().max() <= kernels.abs().max() / STEPS / 2 * 1.01
    rounded.sum().backward()
    assert kernels.grad.abs().sum() > 0, "it learns all the same"


@pytest.mark.parametrize(
    ("channels", "side", "size", "stride", "padding"),
    [(8, 10, 5, 1, 2), (6, 9, 3, 1, 1), (6, 11, 5, 2, 0), (6, 11, 5, 2, 2), (4, 12, 3, 2, 1)],
)
def test_a_convolution_of_each_channel_by_itself_learns_as_any_other(channels, side, size, stride, padding):
    torch.manual_seed(4)
    inner = torch.randn(3, channels, side, side).to(memory_format=torch.channels_last).requires_grad_()
    kernels = torch.randn(channels, 1, size, size, requires_grad=True)
    bias = torch.randn(channels, requires_grad=True)
    plain = torch.nn.functional.conv2d(inner, kernels, bias, stride, padding, groups=channels)
    ours = Depthwise.apply(inner, kernels, bias, stride, padding)
    assert torch.allclose(plain, ours)
    slope = torch.randn_like(plain)
    known = torch.autograd.grad(plain, (inner, kernels, bias), slope)
    found = torch.autograd.grad(ours, (inner, kernels, bias), slope)
    for one, two in zip(known, found, strict=True):
        assert torch.allclose(one, two, atol=1e-4)


def test_the_teachers_weights_are_dequantised_by_column():
    whole = np.array([[0, 2, 4], [6, 8, 10]], np.uint8)
    parts = {"w_quantized": whole, "w_zero_point": np.array([1, 2, 3], np.uint8),
             "w_scale": np.array([0.5, 1, 2], np.float32), "bias": np.array([7], np.float32)}  # fmt: skip
    node = onnx.helper.make_node(
        "MatMulInteger", ["x", "w_quantized", "z", "w_zero_point"], ["y"], "/a/b/MatMul_quant"
    )
    graph = onnx.helper.make_graph(
        [node], "g", [], [], [onnx.numpy_helper.from_array(value, name) for name, value in parts.items()]
    )
    found = teacher.float_weights(onnx.helper.make_model(graph))
    assert found["a.b"].tolist() == [[-0.5, 2.5], [0, 6], [2, 14]]
    assert found["bias"].tolist() == [7]


def test_opinions_come_from_photos_of_other_groups():
    dice = np.random.default_rng(2)
    classes = np.arange(200) % 2
    away = dice.normal(size=(2, 16))[classes] + dice.normal(size=(200, 16)) * 0.3
    embeddings = teaching.centred(away.astype(np.float32))
    embeddings[150:] = 0
    wrong = classes.copy()
    wrong[0] = 1 - wrong[0]
    groups = [f"{n}" for n in range(200)]
    said = teaching.opinions(embeddings, wrong, groups, np.ones(200), count=2, steps=200, seed=1)
    assert (said[1:150].argmax(1) == classes[1:150]).mean() > 0.95
    assert said[0].argmax() == classes[0] != wrong[0]
    assert not said[150:].any()
    assert np.allclose(said[:150].sum(1), 1, atol=1e-5)


def test_centred_embeddings_keep_no_common_part_and_no_answer_where_none_was_asked():
    dice = np.random.default_rng(3)
    found = (5 + dice.normal(size=(50, 8))).astype(np.float32)
    found[40:] = 0
    moved = teaching.centred(found)
    assert np.linalg.norm(moved[:40], axis=1) == pytest.approx(1, abs=1e-5)
    assert np.abs(moved[:40].mean(0)).max() < 0.25
    assert not moved[40:].any()
