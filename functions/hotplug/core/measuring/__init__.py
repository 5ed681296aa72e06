"""Which metrics of Lambda tell about a deployment, and what they say once CloudWatch has answered."""

from hotplug.core.measuring.minutes import Latency, final_until, latency_by, minutes_of
from hotplug.core.measuring.series import Pair, Series, Values, billed, percentile_series_of, series_of
from hotplug.core.measuring.usual import USUAL_DAYS, usual_of, usual_series
from hotplug.core.measuring.weights import PROPAGATION_SECONDS, Change, weights_in

__all__ = [
    "PROPAGATION_SECONDS",
    "USUAL_DAYS",
    "Change",
    "Latency",
    "Pair",
    "Series",
    "Values",
    "billed",
    "final_until",
    "latency_by",
    "minutes_of",
    "percentile_series_of",
    "series_of",
    "usual_of",
    "usual_series",
    "weights_in",
]
