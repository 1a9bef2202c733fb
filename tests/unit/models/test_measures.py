import math

import numpy as np
import pytest

from models.measuring import measures


def test_wilson_interval_of_a_known_case():
    low, high = measures.wilson(81, 263)  # the worked example of Newcombe 1998, method 3
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert measures.wilson(0, 0) == (0.0, 1.0)
    assert measures.wilson(5, 5)[1] == 1.0


def test_below_30_photos_no_percentage_is_stated():
    assert measures.share(29, 29)["share"] is None
    assert measures.share(15, 30)["share"] == 0.5


def test_confusion_recall_precision_and_f1():
    counts = measures.confusion(list("aaabbc"), list("aabbbb"), "abcd")
    assert counts["a"] == {"a": 2, "b": 1, "c": 0, "d": 0}
    assert measures.recall(counts, "a") == (2, 3)
    assert measures.precision(counts, "b") == (2, 4)
    assert measures.balanced_accuracy(counts) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert measures.macro_f1(counts) == pytest.approx((4 / 5 + 4 / 6 + 0) / 3)


def test_calibration_error_is_the_gap_between_said_and_right():
    right = np.array([True] * 8 + [False] * 2)
    assert measures.calibration_error(np.full(10, 0.8), right) == pytest.approx(0)
    assert measures.calibration_error(np.full(10, 1.0), right) == pytest.approx(0.2)


def test_gaps_of_two_bins_do_not_cancel():
    said = np.array([0.55] * 10 + [0.95] * 10)
    right = np.array([True] * 10 + [True] * 5 + [False] * 5)
    assert measures.calibration_error(said, right) == pytest.approx((0.45 + 0.45) / 2)


def test_risk_grows_with_coverage_when_doubts_are_well_placed():
    said, right = np.array([0.9, 0.6, 0.8, 0.7]), np.array([True, False, True, True])
    coverage, risk = measures.risk_coverage(said, right)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == [0, 0, 0, 0.25]
    assert measures.area_under_risk(said, right) == pytest.approx(0.0625)


def test_auroc_counts_ties_as_half():
    assert measures.auroc(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1
    assert measures.auroc(np.array([1.0]), np.array([1.0])) == 0.5
    assert measures.auroc(np.array([0.0, 2.0]), np.array([1.0])) == 0.5


def test_nothing_measured_is_nan_not_a_figure():
    nothing = np.array([])
    assert math.isnan(measures.calibration_error(nothing, nothing.astype(bool)))
    assert math.isnan(measures.area_under_risk(nothing, nothing.astype(bool)))
    assert math.isnan(measures.auroc(nothing, nothing))
    assert math.isnan(measures.balanced_accuracy(measures.confusion([], [], "ab")))
