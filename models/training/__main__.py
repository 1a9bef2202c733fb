"""Starts ``models.training.command`` in the environment that it needs, which is read before Python runs."""

import os
import sys

ENVIRONMENT = {
    # Waiting threads must sleep: pictures are made on the same cores, and where threads spin for
    # each other a fit takes many times as long.
    "OMP_WAIT_POLICY": "PASSIVE",
    # torch's large blocks are kept, not given back to the system and asked for again at each step.
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
}

if __name__ == "__main__":
    if any(name not in os.environ for name in ENVIRONMENT):
        command = [sys.executable, "-m", "models.training", *sys.argv[1:]]
        os.execve(sys.executable, command, ENVIRONMENT | dict(os.environ))  # noqa: S606 - it is ourselves
    from models.training.command import main

    main()
