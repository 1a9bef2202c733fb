import pytest

from deploy.report import after


@pytest.mark.parametrize(
    ("passed_s", "of_s", "said"),
    [
        (10.2, None, "after 10 s"),
        (10.2, 40.0, "after 10 of 40 s"),
        (39.2, 40.0, "after 39 of 40 s"),
        (40.9, 40.0, "the 40 s are over, the last receipts are awaited"),
    ],
)
def test_no_more_seconds_have_passed_than_there_are(passed_s: float, of_s: float | None, said: str) -> None:
    assert after(passed_s, of_s) == said
