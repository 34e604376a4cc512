"""The classes against known truth: whoever has a worse class fails more often afterwards, and drift is noticed."""

import numpy as np
import pytest

from zhiheng.simulate.credit import auc, calibrate, drift


@pytest.fixture(scope="module")
def measured():
    return calibrate(20_000, 7)


def test_a_worse_class_fails_more_often_in_the_year_after(measured):
    told = measured.by_class
    grave_n, grave_failed = (told["C"][k] + told["D"][k] for k in (0, 1))
    assert told["A"][2] < told["B"][2] < grave_failed / grave_n
    # By more than chance: three standard errors of the difference between A and B, and between B and the rest.
    for (n1, k1), (n2, k2) in (((told["A"][0], told["A"][1]), (told["B"][0], told["B"][1])), ((told["B"][0], told["B"][1]), (grave_n, grave_failed))):  # fmt: skip
        p1, p2 = k1 / n1, k2 / n2
        assert p2 - p1 > 3 * (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) ** 0.5


def test_points_say_something_and_not_everything(measured):
    assert 0.55 < measured.auc < 0.9
    assert measured.brier < measured.brier_base
    assert measured.latent > 0.2


def test_the_area_under_the_curve_is_that_of_its_definition():
    points, later = np.array([1.0, 2, 2, 3, 5]), np.array([False, False, True, True, False])
    pairs = [
        (a, b)
        for a, x in zip(points, later, strict=True)
        if x
        for b, y in zip(points, later, strict=True)
        if not y
    ]
    assert auc(points, later) == pytest.approx(sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs))


def test_the_watch_on_drift_tells_another_sample_from_another_register():
    assert drift(5_000, 7, 1.0) < 0.02
    assert drift(5_000, 7, 3.0) > 0.1
