import socket

from deploy import ports


def test_who_finds_another_program_at_the_usual_port_is_told():
    with socket.create_server((ports.LOOPBACK, 0)) as other:
        usual = other.getsockname()[1]
        moved = ports.pick(usual)
        assert moved != usual
        assert ports.elsewhere(moved, usual) == f": another program has port {usual}"
        assert ports.elsewhere(usual, usual) == ""
    assert ports.elsewhere(moved, usual) == "", "it is elsewhere because that was asked for"
