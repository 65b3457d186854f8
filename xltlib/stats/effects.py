"""How large a difference is, and how small a one could have been seen."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import norm


def cohen_h(p: float, q: float) -> float:
    """Cohen's h of two proportions: 0.2 small, 0.5 medium, 0.8 large (Cohen 1988, ch. 6)."""
    return float(2 * np.arcsin(np.sqrt(p)) - 2 * np.arcsin(np.sqrt(q)))


def discordant_odds(wins: float, losses: float) -> float:
    """Odds ratio of the discordant pairs, McNemar's effect size; both get 0.5 more if one is 0."""
    if wins == losses == 0:
        return 1.0
    if 0 in (wins, losses):
        wins, losses = wins + 0.5, losses + 0.5
    return float(wins / losses)


def standardised_difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean of the paired item differences over their standard deviation (d_z); 0 without any."""
    gaps = a - b
    spread = gaps.std(ddof=1) if len(gaps) > 1 else 0.0
    return float(gaps.mean() / spread) if spread > 0 else 0.0


def improvement(a: np.ndarray, b: np.ndarray) -> float:
    """Probability that ``a`` does better than ``b`` on an item, ties counted half."""
    return float((a > b).mean() + (a == b).mean() / 2)


def minimum_detectable(standard_error: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """The true difference that a two-sided test at ``alpha`` finds with ``power``, in score units.

    Normal approximation (z_{1-alpha/2} + z_power) * standard error, before any correction for
    several tests; the standard error of the paired difference comes from the bootstrap.
    """
    return float((ndtri(1 - alpha / 2) + ndtri(power)) * standard_error)


def power_at(difference: float, standard_error: float, alpha: float = 0.05) -> float:
    """Power of a two-sided test at ``alpha`` when the true difference is ``difference``."""
    if standard_error == 0:
        return 1.0 if difference else alpha
    z, shift = norm.ppf(1 - alpha / 2), difference / standard_error
    return float(norm.sf(z - shift) + norm.cdf(-z - shift))
