"""The same object has the same identity, however it is named."""

import pytest

from aevb_cli.places import identity

SAME = (
    ("s3://b/in/a.csv", "S3://user:pass@b/in/a.csv"),
    ("s3://b/in/a b.csv", "s3://b/in/a%20b.csv?region=eu-west-1"),
    ("s3://b/in/a.csv", "s3://b//in//a.csv"),
    ("s3://b/a.csv", "s3://b/a.csv?endpoint_override=https://s3.eu-west-1.amazonaws.com"),
    ("s3://b/a.csv?endpoint_override=host:1&scheme=http", "s3://b/a.csv?endpoint_override=http://host:1/"),
    ("gs://b/a.csv", "gcs://b/a.csv"),
)
OTHERS = (
    ("s3://b/a.csv", "s3://b/b.csv"),
    ("s3://b/a.csv", "s3://c/a.csv"),
    ("s3://b/a.csv", "gs://b/a.csv"),
    ("s3://b/a.csv", "s3://b/a.csv?endpoint_override=http://host:1"),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one: str, other: str) -> None:
    assert identity(one) == identity(other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_others(one: str, other: str) -> None:
    assert identity(one) != identity(other)


def test_the_environment_names_the_store_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://host:1")
    assert identity("s3://b/a.csv") == identity("s3://b/a.csv?endpoint_override=http://host:1")
