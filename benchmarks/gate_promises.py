"""Check what `maskaudit gate` promises about rates with confidence, on lots whose true rate is known.

    python benchmarks/gate_promises.py                 216 settings x 1,000 lots, 3 minutes
    python benchmarks/gate_promises.py --lots 200

A setting is a number of images, a true rate, how many objects images have, and how defects fall on them.
For each kind of the last two the table says:

coverage         share of lots whose bound is not below the true rate: 95 % is asked for (worst setting, mean)
false accepts    of lots that are exactly at the limit, how many pass: 100 % minus the worst coverage
false rejects    of lots with a fifth, and a third, of the limit, how many do not pass, in the largest lots
falls            of trials that add one defect to a lot with a rate below 10 %, those that lower the bound
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audit.gates.bounds import ImageCounts, clustered_upper_bound

N_IMAGES = (60, 300, 1000)
RATES = (0.01, 0.03, 0.1)
CONFIDENCE = 0.95
Generator = np.random.Generator
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def spread_wide(rng: Generator, size: int) -> IntArray:
    """Draw sizes over two orders of magnitude: most images hold 2 to 20 objects, some hundreds."""
    return np.clip(np.round(rng.lognormal(1.8, 1.1, size)), 1, 300).astype(np.int64)


SIZES: dict[str, Callable[[Generator, int], IntArray]] = {
    "10 each": lambda rng, size: np.full(size, 10),
    "Poisson, mean 10": lambda rng, size: np.maximum(1, rng.poisson(10, size)),
    "geometric, mean 8": lambda rng, size: rng.geometric(1 / 8, size),
    "two orders of magnitude": spread_wide,
}


def share_by_beta(correlation: float) -> Callable[[Generator, IntArray, float], FloatArray]:
    """Return a rate for every image, so that objects of one image fail together with a correlation."""

    def share(rng: Generator, units: IntArray, rate: float) -> FloatArray:
        weight = (1 - correlation) / correlation
        return rng.beta(rate * weight, (1 - rate) * weight, len(units))

    return share


PATTERNS: dict[str, Callable[[Generator, IntArray, float], FloatArray]] = {
    "independent": lambda rng, units, rate: np.full(len(units), rate),
    "correlation 0.1": share_by_beta(0.1),
    "correlation 0.3": share_by_beta(0.3),
    "whole images": lambda rng, units, rate: (rng.random(len(units)) < rate).astype(np.float64),
    "crowded images worse": lambda rng, units, rate: np.minimum(rate * units / units.mean(), 1.0),
    "whole crowded images": lambda rng, units, rate: (
        rng.random(len(units)) < np.minimum(rate * units / units.mean(), 1.0)
    ).astype(np.float64),
}


def draw_lot(size: str, pattern: str, rate: float, n_images: int, rng: Generator) -> ImageCounts:
    """Draw a lot."""
    units = SIZES[size](rng, n_images)
    return ImageCounts(units, rng.binomial(units, PATTERNS[pattern](rng, units, rate)))


def true_rate(size: str, pattern: str, rate: float) -> float:
    """Return the rate of a setting: that of a very large lot, from the expected defects of its images."""
    rng = np.random.default_rng(0)
    units = SIZES[size](rng, 1_000_000)
    share = PATTERNS[pattern.replace("whole crowded images", "crowded images worse")](rng, units, rate)
    return float((units * share).sum() / units.sum())


def bound_lots(size: str, pattern: str, rate: float, n_images: int, lots: int) -> FloatArray:
    """Return the bound of every lot of a setting."""
    rng = np.random.default_rng([n_images, int(rate * 1000), len(size), len(pattern)])
    draws = (draw_lot(size, pattern, rate, n_images, rng) for _ in range(lots))
    return np.array([clustered_upper_bound(counts, CONFIDENCE) for counts in draws])


def count_falls(size: str, pattern: str, trials: int) -> tuple[int, int]:
    """Add a defect to lots; return the trials, and how many lowered the bound."""
    rng = np.random.default_rng(len(size) * 100 + len(pattern))
    n_trials = n_falls = 0
    for _ in range(trials):
        counts = draw_lot(
            size, pattern, rng.choice((0.003, 0.01, 0.03, 0.08)), int(rng.integers(20, 200)), rng
        )
        free = np.flatnonzero(counts.defective < counts.units)
        if counts.rate >= 0.1 or not len(free):
            continue
        more = counts.defective.copy()
        more[rng.choice(free)] += 1
        before = clustered_upper_bound(counts, CONFIDENCE)
        n_trials += 1
        n_falls += clustered_upper_bound(ImageCounts(counts.units, more), CONFIDENCE) < before - 1e-12
    return n_trials, n_falls


def main() -> None:
    """Simulate and print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lots", type=int, default=1000, help="lots a setting")
    parser.add_argument("--verbose", action="store_true", help="print every setting below 94 %%")
    options = parser.parse_args()
    print(
        "| objects an image | defects | coverage worst | mean | false accepts | false rejects at 1/5 | 1/3 |",
        end=" ",
    )
    print("falls |\n|---|---|--:|--:|--:|--:|--:|--:|")
    worst = 1.0
    for size in SIZES:
        for pattern in PATTERNS:
            coverages = []
            for rate in RATES:
                true = true_rate(size, pattern, rate)
                for n_images in N_IMAGES:
                    bounds = bound_lots(size, pattern, rate, n_images, options.lots)
                    coverages.append(float((bounds >= true).mean()))
                    if options.verbose and coverages[-1] < 0.94:
                        print(f"{size}, {pattern}, {n_images} images, {rate:.0%}: {coverages[-1]:.1%}")
            limit, size_of_lot = 0.05, N_IMAGES[-1]
            rejects = [
                float(
                    (
                        bound_lots(size, pattern, limit / part, size_of_lot, options.lots)
                        >= true_rate(size, pattern, limit)
                    ).mean()
                )
                for part in (5, 3)
            ]
            trials, falls = count_falls(size, pattern, options.lots)
            worst = min(worst, *coverages)
            shares = [min(coverages), float(np.mean(coverages)), 1 - min(coverages), *rejects]
            cells = [size, pattern, *(f"{share:.1%}" for share in shares), f"{falls} of {trials:,}"]
            print(f"| {' | '.join(cells)} |", flush=True)
    print(f"\n{len(SIZES) * len(PATTERNS) * len(RATES) * len(N_IMAGES)} settings, worst coverage {worst:.1%}")


if __name__ == "__main__":
    main()
