"""How the parts are started together: brokers, `make serve`, `make demo`."""
