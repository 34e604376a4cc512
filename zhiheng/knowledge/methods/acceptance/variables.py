"""One-sided plans by variables (ISO 3951, GB/T 6378).

A lot is accepted when the mean of ``n`` items lies at least ``k`` standard deviations inside the limit.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import nct


def accept(n: int, k: float, share: ArrayLike, *, known: bool = False) -> NDArray[np.float64]:
    """Probability of acceptance over the share nonconforming, of normal values.

    ``known``: the standard deviation is known; otherwise it is the sample's (noncentral t). ValueError when n is too
    small or a share not between 0 and 1.
    """
    p = np.atleast_1d(np.asarray(share, dtype=np.float64))
    if n < (1 if known else 2) or np.any((p <= 0) | (p >= 1)):
        raise ValueError("n is at least 1 (unknown deviation: 2), shares lie between 0 and 1")
    distance = -ndtri(p)
    if known:
        return np.asarray(ndtr((distance - k) * sqrt(n)))
    return np.asarray(nct.sf(k * sqrt(n), n - 1, distance * sqrt(n)))
