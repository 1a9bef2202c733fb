from ingest import memory
from tests.unit.ingest.house import EPOCH, House, fill


def test_what_was_used_last_is_let_go_last(house: House, monkeypatch):
    monkeypatch.setattr(memory, "LEDGERS_MAX", 2)
    monkeypatch.setattr(memory, "STATES_MAX_DEVICES", 2)
    for device in ("bin-1", "cam-1"):
        house.send(fill(10), device=f"garden/{device}")
    asked: list[tuple[str, ...]] = []

    def telling(ask):
        def tell(keys):
            asked.extend(keys)
            return ask(keys)

        return tell

    monkeypatch.setattr(house.store, "ledgers", telling(house.store.ledgers))
    monkeypatch.setattr(house.store, "slots", telling(house.store.slots))
    keys = [("garden", "bin-1", EPOCH)]
    house.memory.fetch_ledgers(keys)  # used, though nothing of it changes
    house.memory.fetch_states([("garden", "bin-1")])
    house.send(fill(10), device="garden/gate-1")
    asked.clear()
    house.send(fill(10, seq=2), device="garden/bin-1")
    assert asked == []
    house.send(fill(10, seq=2), device="garden/cam-1")
    assert asked == [("garden", "cam-1", EPOCH), ("garden", "cam-1")]
