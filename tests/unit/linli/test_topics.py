import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli import topics
from linli.errors import InvalidMessage


def test_a_topic_is_read_as_it_was_built() -> None:
    topic = topics.Topic("garden", "bin-1", topics.Channel.EVENTS)
    assert str(topic) == "linli/v1/garden/bin-1/events"
    assert topics.parse(str(topic)) == topic


@pytest.mark.parametrize(
    "text",
    [
        "linli/v2/garden/bin-1/events",
        "linli/v1/garden/bin-1",
        "linli/v1/garden/bin-1/events/x",
        "linli/v1//bin-1/events",
        "linli/v1/garden/bin 1/events",
        "linli/v1/garden/bin-1\n/events",
        "linli/v1/garden/bin-1/secrets",
        "linli/v1/garden/" + "b" * 65 + "/events",
        "",
    ],
)
def test_what_is_no_topic(text: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        topics.parse(text)
    assert raised.value.reason == "topic"


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        topics.parse(text)
    except InvalidMessage as error:
        assert error.reason == "topic"


def test_ingest_is_never_sent_its_own_receipts() -> None:
    filters = topics.subscriptions(topics.UPWARD)
    assert filters == [f"linli/v1/+/+/{name}" for name in ("events", "photos", "status", "replies")]
    assert topics.alerts("garden") == "linli/v1/garden/alerts"
