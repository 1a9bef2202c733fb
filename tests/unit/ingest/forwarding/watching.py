"""What a test looks at while a forwarder works."""

import msgspec


def report(house):
    return msgspec.json.decode(house.store.reports()["forwarder"][0])


def until_idle(house, forwarder, tries: int = 50):
    for _ in range(tries):
        house.now += 5_000
        forwarder.step()
        if forwarder.progress.state == "idle":
            return
    raise AssertionError(forwarder.progress)
