from aevb_cli.places import connecting


def test_is_there() -> None:
    assert connecting
