#!/usr/bin/env python3
"""Rounding errors of Winograd's algorithms by the points they evaluate at, multiples of 1/8, on random maps of 64
channels in single precision (needs numpy). The points in Sources/CKernels/winograd_internal.h come from here.

    python3 Benchmarks/winograd-points.py
"""

from itertools import combinations

import numpy as np


def matrices(finite: list[float], outputs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A^T, G and B^T of F(outputs, 3) at the finite points and infinity (Toom-Cook)."""
    n = outputs + 2
    a, g, b = np.zeros((outputs, n)), np.zeros((n, 3)), np.zeros((n, n))
    for i, point in enumerate(finite):
        others = [other for other in finite if other != point]
        a[:, i] = [point**power for power in range(outputs)]
        g[i] = [point**power / np.prod([point - other for other in others]) for power in range(3)]
        b[i, : n - 1] = np.poly(others)[::-1]
    a[-1, -1] = g[-1, -1] = 1
    b[-1] = np.poly(finite)[::-1]
    return a, g, b


def error(rows: list[float], columns: list[float], tiles: int = 100, channels: int = 64) -> float:
    """Root mean square against the definition in double precision."""
    random = np.random.default_rng(0)
    sides = (len(rows) - 1, len(columns) - 1)
    (ar, gr, br), (ac, gc, bc) = matrices(rows, sides[0]), matrices(columns, sides[1])
    g = (random.standard_normal((channels, 3, 3)) / np.sqrt(9 * channels)).astype(np.float32)
    d = random.standard_normal((tiles, channels, sides[0] + 2, sides[1] + 2)).astype(np.float32)
    u = np.einsum("ia,cab,jb->cij", gr, g.astype(np.float64), gc).astype(np.float32)
    single = [matrix.astype(np.float32) for matrix in (br, bc, ar, ac)]
    v = np.einsum("tcib,jb->tcij", np.einsum("ia,tcab->tcib", single[0], d), single[1])
    m = np.zeros(v[:, 0].shape, np.float32)
    for channel in range(channels):
        m += v[:, channel] * u[channel]
    y = np.einsum("tib,jb->tij", np.einsum("ia,tab->tib", single[2], m), single[3])
    windows = np.lib.stride_tricks.sliding_window_view(d.astype(np.float64), (3, 3), axis=(2, 3))
    exact = np.einsum("cab,tcijab->tij", g.astype(np.float64), windows)
    return float(np.sqrt(((y - exact) ** 2).mean()))


def symmetric(*points: float) -> list[float]:
    return [0.0, *(signed for point in points for signed in (point, -point))]


def main() -> None:
    eighths = [k / 8 for k in range(2, 17)]
    four = min(combinations(eighths, 2), key=lambda p: error(symmetric(*p), symmetric(*p)))
    rows = symmetric(*four)
    six = min(combinations(eighths, 3), key=lambda p: error(rows, symmetric(*p)))
    best, columns = symmetric(*six), symmetric(0.5, 1, 1.75)
    usual4, usual6 = symmetric(1, 2), symmetric(1, 2, 0.5)
    print(f"F(4x4) at 0, +-1, +-2: {error(usual4, usual4):.2e}; best {four}: {error(rows, rows):.2e}")
    print(f"F(4x6) at the usual: {error(usual4, usual6):.2e}; best {six}: "
          f"{error(rows, best):.2e}; ours: {error(rows, columns):.2e}")
    print(f"F(6x6) at the usual: {error(usual6, usual6):.2e}; ours: {error(columns, columns):.2e}")


if __name__ == "__main__":
    main()
