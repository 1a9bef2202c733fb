"""What runs on the bin or the camera: sense -> classify -> outbox -> publish.

`python -m edge bin|camera --config edge.toml` is one device in one process. The same objects can be
driven in-process, many devices in one thread; that is what the simulators do:

    from edge.bin import BinRuntime
    from edge.camera import CameraRuntime
    from edge.clock import system_clock                  # Clock(wall, steady): ms; steady counts sleep
    from edge.households import pseudonym
    from edge.identity import Identity
    from edge.loop import EdgeLoop
    from edge.outboxfile import open_outbox
    from edge.publisher import Broker, Publisher

    loop = EdgeLoop(system_clock())                      # one for all devices
    identity = Identity("meiyuan", "bin-001", {"k1": Kind.KITCHEN}, model=classifier.model_hash)
    outbox = open_outbox(folder / "bin-001.outbox")      # SQLite; made with a new epoch when missing
    publisher = Publisher(identity, outbox, Broker("127.0.0.1", 1883), random.Random(seed))
    bin_001 = BinRuntime(identity, outbox, publisher, classifier, profile, sinks=[show])
    loop.add(publisher)

    done = bin_001.deposit(jpeg, "k1", now_ms, weight_kg=0.4, household=pseudonym(key, card))
    done.event, done.verdict, done.reminder              # Deposit (numbered), Verdict, Reminder or None
    bin_001.reading({"fill_pct": 41.0}, "k1", now_ms)    # Telemetry (numbered); compartment None: the device
    bin_001.readings({"k1": {...}, None: {...}}, now_ms) # several in one durable write
    bin_001.fault("scale", now_ms, active=True, compartment="k1", detail="...")   # only changes become events
    camera.see(jpeg, now_ms)                             # CameraRuntime: the events made, a list
    loop.turn(0.05)                                      # wait so long at most, then step every device
    bin_001.drained                                      # nothing is held: every number has its receipt
    bin_001.flush()                                      # before the end: no lingering, ask sooner
    bin_001.close(now_ms)                                # says offline, leaves, closes the outbox

`classifier` is anything with `.classify(jpeg) -> models.classifier.Classification` and `.model_hash`;
share one. `sinks` are callables `(Reminder) -> None`; a reminder reached a person, and `reminded` is true,
when one of them did not raise OSError. When `deposit` or `reading` returns, the event is on disk; nothing
here waits for the network. All of a loop's devices are used from one thread. An event that no receiver would
take comes back as a Fault under the same number. `outbox.epoch`, `outbox.given` (last number given out),
`outbox.held`, `outbox.photos_held` and `publisher.counts` are for truth files and tests.
"""
