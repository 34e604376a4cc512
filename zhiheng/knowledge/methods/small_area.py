"""Small areas: the model of Fay and Herriot, where an area's own sample is too small to speak for it.

Fay and Herriot (1979); REML and the mean squared error of Prasad and Rao as in Rao and Molina, Small Area Estimation
(2015), sections 5.2.4 and 6.2.1. An estimate from a model is marked as such wherever it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FayHerriot:
    """A fitted model: ``beta`` shape (k,), the others by area.

    ``mse`` is that of ``eblup``; ``gamma`` the weight of the area's own estimate (the rest is the model's); ``refvar``
    the variance between areas; ``iterations`` until it stood.
    """

    beta: Array
    refvar: float
    eblup: Array
    mse: Array
    gamma: Array
    iterations: int


def fay_herriot(
    direct: ArrayLike, variance: ArrayLike, x: ArrayLike, *, tolerance: float = 1e-10, most: int = 200
) -> FayHerriot:
    """EBLUPs by REML (Fisher scoring) with Prasad–Rao MSE.

    ``direct``: direct estimates, shape (m,); ``variance``: their sampling variances, taken as known, above 0 (an area
    where nothing failed has none: give it a smoothed one); ``x``: covariates, shape (m, k), the intercept among them.
    A negative variance between areas is set to 0, and the estimates are then all the model's. ValueError when shapes
    do not fit, when x has not full rank, or when there are no more areas than covariates. ArithmeticError when it does
    not settle.
    """
    y, psi, design = (np.asarray(one, dtype=np.float64) for one in (direct, variance, x))
    m = len(y)
    if design.ndim != 2 or psi.shape != (m,) or len(design) != m or not np.all(psi > 0):
        raise ValueError("direct and variance (above 0) have m numbers, x has m rows")
    k = design.shape[1]
    if m <= k or np.linalg.matrix_rank(design) < k:
        raise ValueError("x wants full rank and fewer columns than there are areas")
    refvar, iterations = float(np.median(psi)), 0
    while True:
        inverse = 1 / (refvar + psi)
        weighted = design * inverse[:, None]
        inner = np.linalg.inv(design.T @ weighted)
        projection = np.diag(inverse) - weighted @ inner @ weighted.T
        residual = projection @ y
        score = -0.5 * np.trace(projection) + 0.5 * residual @ residual
        information = 0.5 * np.sum(projection * projection)
        step = float(score / information)
        before, refvar = refvar, max(0.0, refvar + step)
        iterations += 1
        if abs(refvar - before) <= tolerance * max(before, float(psi.min())):
            break
        if iterations == most:
            raise ArithmeticError(f"REML did not settle in {most} steps")
    inverse = 1 / (refvar + psi)
    weighted = design * inverse[:, None]
    inner = np.linalg.inv(design.T @ weighted)
    beta = inner @ (weighted.T @ y)
    gamma = refvar * inverse
    fitted = design @ beta
    g1 = gamma * psi
    g2 = (1 - gamma) ** 2 * np.einsum("ij,jk,ik->i", design, inner, design)
    g3 = psi**2 * inverse**3 * 2 / np.sum(inverse**2)
    return FayHerriot(beta, refvar, fitted + gamma * (y - fitted), g1 + g2 + 2 * g3, gamma, iterations)
