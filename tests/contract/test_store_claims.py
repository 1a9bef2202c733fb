"""What one ingest owns no other can write, and a connection that is gone owns nothing."""

import pytest

from linli.errors import NotOwner, StoreUnavailable
from linli.ports.claims import DUTIES, EVERYTHING
from linli.ports.commit_group import CommitGroup
from stores.operational import open_store
from tests.contract.samples import telemetry

A, B, AB = frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})
ALL, DUTY = frozenset({EVERYTHING}), frozenset({DUTIES})


@pytest.fixture
def two(postgres_server):
    """Two processes' stores on one database."""
    url = postgres_server.new_database()
    first, second = open_store(url), open_store(url)
    yield first, second
    first.close()
    second.close()


def test_what_is_claimed_stays_the_same_claim(store):
    assert store.claim(ALL) == store.claim(ALL) == 1
    assert store.claim(DUTY) == 1
    store.commit(CommitGroup(events=[telemetry(1)]), store.operator_version())


@pytest.mark.parametrize(
    ("theirs", "ours", "may"),
    [
        (A, A, False),
        (A, B, True),
        (A, AB, False),
        (AB, A, False),
        (A, ALL, False),
        (ALL, A, False),
        (ALL, ALL, False),
        (ALL, DUTY, True),
        (DUTY, DUTY, False),
        (A, DUTY, True),
    ],
)
def test_two_never_own_the_same(two, theirs, ours, may):
    first, second = two
    assert first.claim(theirs)
    assert bool(second.claim(ours)) is may


def test_who_cannot_have_all_takes_none(two):
    first, second = two
    assert first.claim(B)
    assert not second.claim(AB)
    assert first.claim(A), "the half that was free is free again"


def test_who_ends_leaves_what_it_owned(two):
    first, second = two
    assert first.claim(AB)
    first.close()
    assert second.claim(AB)


def test_a_connection_that_is_gone_commits_nothing_until_it_has_claimed_anew(postgres_server):
    url = postgres_server.new_database()
    first, second = open_store(url), open_store(url)
    version = first.operator_version()
    assert first.claim(A) == 1
    with postgres_server.connect(url.rpartition("/")[2]) as operator:
        operator.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    assert second.claim(A)
    with pytest.raises(StoreUnavailable):
        first.commit(CommitGroup(events=[telemetry(1)]), version)
    with pytest.raises(NotOwner):  # there is a connection again, and it owns nothing
        first.commit(CommitGroup(events=[telemetry(1)]), version)
    assert not first.claim(A)
    second.close()
    assert first.claim(A) == 2
    first.commit(CommitGroup(events=[telemetry(1)]), version)
    assert len(first.events_after(0, 10)) == 1
    first.close()
