from aevb_cli.places import finding


def test_is_there() -> None:
    assert finding
