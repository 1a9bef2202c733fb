"""When a demo's answers may be compared: nothing is on its way any more.

What is waited for is quiet, not the result that one hopes for, so a wrong answer is not waited away.
"""

import time
from collections.abc import Callable

from deploy.answers import Answers, Api
from deploy.comparison import Line, compare_points, passed
from deploy.errors import DeployError
from deploy.timeseries import TimeSeries
from deploy.truth import Truth

POLL_S = 0.5
QUIET_S = 2.0
QUIET_WITHIN_S = 90.0
# A time-series store may show a point some seconds after it took it (VictoriaMetrics does).
SHOWN_WITHIN_S = 20.0


def drained(api: Api, community: str, watch: Callable[[], None], *, forwarding: bool) -> Answers:
    """The answers once nothing changed for QUIET_S and, while `forwarding`, the time series has every event.

    Raises DeployError when it does not become quiet, or the API does not answer.
    """
    deadline = time.monotonic() + QUIET_WITHIN_S
    before: Answers | None = None
    since = time.monotonic()
    trouble = "it still changes"
    while time.monotonic() < deadline:
        watch()
        try:
            now = api.answers(community)
        except DeployError as error:  # it may just be starting again
            trouble, before = str(error), None
        else:
            waiting = now.totals.forward_lag if forwarding else 0
            if now != before or waiting:
                trouble = f"{waiting} events wait to be written" if waiting else "it still changes"
                before, since = now, time.monotonic()
            elif time.monotonic() - since >= QUIET_S:
                return now
        time.sleep(POLL_S)
    raise DeployError(f"the pipeline was not quiet after {QUIET_WITHIN_S:.0f} s: {trouble}")


def counted(series: TimeSeries, happened: Truth, answers: Answers) -> list[Line]:
    """The lines for the time-series store, once they are equal or SHOWN_WITHIN_S have passed."""
    deadline = time.monotonic() + SHOWN_WITHIN_S
    while True:
        lines = compare_points(happened, answers, series.points(happened.community, happened.started_ms))
        if passed(lines) or time.monotonic() > deadline:
            return lines
        time.sleep(POLL_S)
