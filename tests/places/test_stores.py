from aevb_cli.places import stores


def test_is_there() -> None:
    assert stores
