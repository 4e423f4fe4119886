from aevb_cli.places import anywhere


def test_is_there() -> None:
    assert anywhere
