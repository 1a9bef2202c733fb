"""The verdict on a deposit: compartment chosen x item seen x confidence."""

from dataclasses import dataclass

from linli.waste import Gravity, Kind, Outcome, Profile

UNCLASSIFIED = "unclassified"
LOW_CONFIDENCE = "low_confidence"
NO_COMPARTMENT = "unknown_compartment"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one deposit, and why.

    `seen` is the kind the jurisdiction gives the item (None when nothing could be said). `reason` names
    the rule: `unsure` reasons as the device gave them, else `same_kind` or `<chosen>_with_<seen>`.
    """

    outcome: Outcome
    gravity: Gravity
    seen: Kind | None
    reason: str


def judge(
    profile: Profile,
    chosen: Kind | None,
    item: str | None,
    item_kind: Kind | None,
    confidence: float | None,
    unsure: str | None,
) -> Verdict:
    """Judge a deposit of `item` into a compartment for `chosen`.

    `confidence` is 0..1. What is not known, not seen or not sure is `unsure` with its reason.
    """
    seen = profile.kind_of(item, item_kind)
    if unsure is not None:
        return Verdict(Outcome.UNSURE, Gravity.NONE, seen, unsure)
    if seen is None or confidence is None:
        return Verdict(Outcome.UNSURE, Gravity.NONE, seen, UNCLASSIFIED)
    if confidence < profile.min_confidence:
        return Verdict(Outcome.UNSURE, Gravity.NONE, seen, LOW_CONFIDENCE)
    if chosen is None:
        return Verdict(Outcome.UNSURE, Gravity.NONE, seen, NO_COMPARTMENT)
    if seen is chosen:
        return Verdict(Outcome.CORRECT, Gravity.NONE, seen, "same_kind")
    outcome, gravity = profile.confusions[chosen][seen]
    return Verdict(outcome, gravity, seen, f"{chosen}_with_{seen}")
