"""Weights in percent, exact to two decimals."""

from decimal import ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


def plain(percentage: Decimal) -> Decimal:
    """Rounded to 2 decimals, and without idle zeros: 5, not 5.00."""
    rounded = percentage.quantize(CENT, ROUND_HALF_UP)
    return Decimal(int(rounded)) if rounded == rounded.to_integral() else rounded.normalize()
