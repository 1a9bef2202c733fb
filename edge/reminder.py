"""What is said to the resident, at once, when something went into the wrong compartment."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from linli.verdict import Verdict
from linli.waste import Kind, Outcome, Profile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reminder:
    """The same sentence in both languages, and what it is about (None for a message from the property
    manager).
    """

    zh: str
    en: str
    compartment: str | None = None
    belongs_in: Kind | None = None


Sink = Callable[[Reminder], None]
"""Shows a reminder to a person: a display, a loudspeaker. Raises OSError when it could not, ValueError for
a text that it cannot be given, as one with a NUL.
"""


def reminder_for(profile: Profile, verdict: Verdict, item: str | None, compartment: str) -> Reminder | None:
    """The reminder that a verdict calls for; None when it was right, or when nobody can be sure."""
    if verdict.seen is None or verdict.outcome not in {Outcome.MISSORTED, Outcome.MISSED_RECYCLING}:
        return None
    belongs = profile.kinds[verdict.seen]
    name = profile.item_names.get(item or "")
    what_zh, what_en = (f"这是{name.zh}，", f"This looks like {name.en}: it") if name else ("", "This")
    if verdict.outcome is Outcome.MISSED_RECYCLING:  # nobody is blamed for it
        zh = f"{what_zh}下次可以投入“{belongs.zh}”"
        en = f"{what_en} could go in “{belongs.en}” next time"
    else:
        zh = f"{what_zh}请投入“{belongs.zh}”"
        en = f"{what_en} belongs in “{belongs.en}”"
    return Reminder(zh, en, compartment, verdict.seen)


def show(reminder: Reminder, sinks: Iterable[Sink]) -> bool:
    """Give it to every sink, and to the log. True when at least one sink showed it to a person."""
    log.info("reminder: %s / %s", reminder.zh, reminder.en)
    shown = False
    for sink in sinks:
        try:
            sink(reminder)
            shown = True
        except (OSError, ValueError) as error:
            log.warning("a reminder could not be shown: %s", error)
    return shown
