from aevb_cli.places import address


def test_is_there() -> None:
    assert address
