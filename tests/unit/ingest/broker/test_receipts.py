from ingest.broker.receipts import EPOCHS_MAX, EVERY_MS, Receipts, compose
from ingest.draft import Answer
from linli.decoding import MESSAGE_MAX_BYTES
from linli.errors import StoreUnavailable
from linli.events import encode
from linli.messages import RefusedSeq, decode_receipt
from linli.ports.rows import LedgerRow
from linli.seqs import SeqSet


class Sent:
    def __init__(self) -> None:
        self.ledgers: dict[tuple[str, str, str], SeqSet] = {}
        self.out: list[tuple[str, bytes]] = []
        self.connected = True
        self.store_away = False
        self.wall = 7_000
        self.receipts = Receipts(self.ledger, self.publish, lambda: self.wall)

    def ledger(self, key):
        if self.store_away:
            raise StoreUnavailable("away")
        return LedgerRow(key[0], key[1], key[2], self.ledgers.get(key, SeqSet()))

    def publish(self, topic, payload):
        if self.connected:
            self.out.append((topic, payload))
        return self.connected

    def note(self, now, device="bin-1", epoch="k3j9x2m4", photos=(), refused=()):
        self.receipts.note({("garden", device, epoch): Answer(list(photos), list(refused))}, now)


def test_the_first_goes_at_once_the_rest_of_the_second_together():
    sent = Sent()
    sent.note(0)
    sent.note(10, photos=["a"])
    sent.note(20, photos=["b"])
    sent.note(30, device="bin-2")
    assert [topic.split("/")[3] for topic, _ in sent.out] == ["bin-1", "bin-2"]
    sent.receipts.tick(EVERY_MS - 1)
    assert len(sent.out) == 2
    assert sent.receipts.wait_ms(EVERY_MS - 1) == 1
    sent.receipts.tick(EVERY_MS)
    assert decode_receipt(sent.out[2][1]).photos == ["a", "b"]
    sent.receipts.tick(10 * EVERY_MS)
    assert len(sent.out) == 3
    assert sent.receipts.wait_ms(10 * EVERY_MS) is None


def test_it_says_what_is_settled_when_it_goes_not_when_it_was_noted():
    sent = Sent()
    sent.note(0)
    sent.note(10)
    sent.ledgers["garden", "bin-1", "k3j9x2m4"] = SeqSet([(1, 40), (44, 60)])
    sent.receipts.tick(EVERY_MS)
    receipt = decode_receipt(sent.out[-1][1])
    assert (receipt.through, receipt.ranges, receipt.now) == (40, [(44, 60)], 7_000)


def test_never_more_than_one_a_second_though_there_are_two_epochs():
    sent = Sent()
    for i in range(20):
        sent.note(0, epoch=f"epoch{i:03d}")
    assert len(sent.out) == 1
    for second in range(1, 20):
        sent.receipts.tick(second * EVERY_MS)
        assert len(sent.out) <= 1 + second
    assert len(sent.out) == 1 + EPOCHS_MAX
    assert decode_receipt(sent.out[-1][1]).epoch == "epoch019"


def test_without_a_broker_or_a_store_it_waits_and_is_not_lost():
    for trouble in ("connected", "store_away"):
        sent = Sent()
        setattr(sent, trouble, trouble == "store_away")
        sent.note(0, photos=["a"])
        assert sent.out == []
        sent.receipts.tick(EVERY_MS)
        assert sent.out == []
        sent.connected, sent.store_away = True, False
        sent.receipts.tick(2 * EVERY_MS)
        assert decode_receipt(sent.out[0][1]).photos == ["a"]


def test_a_receipt_is_bounded_whatever_there_is_to_say():
    ledger = LedgerRow(
        "garden", "bin-1", "k3j9x2m4", SeqSet([(2**52 + 3 * i, 2**52 + 3 * i + 1) for i in range(5_000)])
    )
    photos = [f"{i:064x}" for i in range(500)]
    refused = [RefusedSeq(i, "schema") for i in range(100)]
    receipt = compose("k3j9x2m4", ledger, Answer(photos, refused), 1)
    assert len(receipt.ranges) == 64
    assert receipt.ranges[0][0] == 2**52
    assert receipt.photos == photos[-64:]
    assert len(receipt.refused) == 8
    assert len(encode(receipt)) < MESSAGE_MAX_BYTES // 4
