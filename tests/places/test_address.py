"""URLs, taken apart without opening anything."""

from pathlib import Path

import pytest

from aevb_cli import places
from aevb_cli.errors import UsageError
from aevb_cli.places.address import parsed

MINIO = "endpoint_override=http://127.0.0.1:5000&allow_bucket_creation=true&scheme=http&region=eu-west-1"
KEYS = {
    "s3://b/in/a.csv": "in/a.csv",
    "s3://b/in/a b.csv": "in/a b.csv",
    "s3://b/in/a%20b%3F.csv": "in/a b?.csv",
    "s3://b/in/part-?.csv": "in/part-?.csv",
    f"s3://b/in/part-?.csv?{MINIO}": "in/part-?.csv",
    f"s3://b/?/day=1/part-*.csv?{MINIO}": "?/day=1/part-*.csv",
    "s3://b/?year=1/a.csv": "?year=1/a.csv",
    "s3://b/a#1.csv": "a#1.csv",
    "s3://user:pa/ss@b/in/a@b.csv": "in/a@b.csv",
    "s3://user:pass@b/in/a@b.csv": "in/a@b.csv",
    "s3://b/in/a@b:c.csv": "in/a@b:c.csv",
    "hdfs://host:8020/in/a@b.csv?replication=2": "in/a@b.csv",
    "abfss://container@account.dfs.core.windows.net/in/a.csv": "in/a.csv",
    "s3://b": "",
    "file:///in/a.csv": "in/a.csv",
}


@pytest.mark.parametrize("url", KEYS)
def test_the_key(url: str) -> None:
    assert parsed(url).key == KEYS[url]


@pytest.mark.parametrize("url", KEYS)
def test_another_key_in_the_same_store(url: str) -> None:
    there = parsed(url)
    again = parsed(there.at("new/a ?*[1]%#\x1b\u202e.csv"))
    assert again.key == "new/a ?*[1]%#\x1b\u202e.csv"
    assert (again.scheme, again.host, again.query) == (there.scheme, there.host, there.query)
    assert again.root == there.root
    assert again.at("") == there.at("")
    assert not places.is_pattern(there.at("new/a ?*[1]%#.csv"))
    assert there.at("new/a ?*[1]%#\x1b\u202e.csv").isprintable()


def test_the_container_of_azure_is_no_secret() -> None:
    url = "abfss://container@account.dfs.core.windows.net/in/a.csv"
    assert places.shown(url) == places.without_secrets(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "s3://AKIA:geheim@b/in/a.csv",
        "s3://AKIA:ge/heim@b/in/a.csv",
        "s3://AKIA:ge%2Fheim@b/in/a.csv",
        "s3://:geheim@b/in/a.csv",
        "s3://b/in/a.csv?scheme=http&secret_key=geheim",
        "s3://b/in/a.csv?endpoint_override=http://AKIA:geheim@host:1",
        "s4://AKIA:geheim@b/in/a.csv?token=geheim",
        "https://AKIA:geheim@b/in/a.csv?token=geheim",
    ],
)
def test_secrets_are_never_shown(url: str) -> None:
    kept = places.without_secrets(url)
    found = {places.shown(url), kept, places.shown(kept)}
    try:
        parsed(url)
    except UsageError as error:
        found.add(str(error))
    assert not any("heim" in each or "AKIA" in each for each in found), found
    assert places.shown(url).endswith("://b/in/a.csv")
    assert places.without_secrets(kept) == kept


def test_options_of_a_stored_url_stay() -> None:
    url = f"s3://b/in/a.csv?{MINIO}"
    assert places.without_secrets(url) == url
    assert places.without_secrets("a?scheme=http") == "a?scheme=http"


def test_one_line() -> None:
    assert places.shown("s3://b/a\n\x1b.csv") == "s3://b/a%0A%1B.csv"
    assert places.shown("a\n\x1b.csv") == r"a\n\x1b.csv"


REFUSED = {
    "s4://b/a": "s4://b/a: nobody knows the scheme s4://; did you mean s3://?",
    "s3a://b/a": "s3a://b/a: nobody knows the scheme s3a://; did you mean s3://?",
    "xyz://b/a": "xyz://b/a: nobody knows the scheme xyz://; known are file://, s3://, gs://, gcs://, hdfs://, "
    "viewfs://, abfs://, abfss://",
    "https://b/a": "https://b/a: https:// is neither read nor written. Fetch the file first, or pipe it in: curl URL | "
    "aevb ... -",
    "s3:///a": "s3:///a: no bucket is named. Write s3://BUCKET/KEY.",
    "file://b/a": "file://b/a: after file:// comes a whole path: file:///b/a has three slashes.",
    "s3://b/a?regoin=x": "s3://b/a: s3:// has no option 'regoin'; did you mean region?",
    "gs://b/a?scheme=http&xyz=1": "gs://b/a: gs:// has no option 'xyz'; it knows scheme, endpoint_override, "
    "retry_limit_seconds, project_id",
    "s3://b/a%00": "s3://b/a%00: no store has such a name. Write it in UTF-8.",
    "s3://b/a\udcff": "s3://b/a%ED%B3%BF: no store has such a name. Write it in UTF-8.",
}


@pytest.mark.parametrize("url", REFUSED)
def test_refused(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed(url)
    assert str(refused.value) == REFUSED[url]


def test_local() -> None:
    assert places.local("a b.csv") == Path("a b.csv")
    assert places.local("file:///a%20b.csv") == places.local("FILE://localhost/a b.csv") == Path("/a b.csv")
    assert places.local("s3://b/a.csv") is None


def test_joined(tmp_path: Path) -> None:
    assert places.joined("out", "a.csv") == "out/a.csv"
    for folder in ("s3://b/out", "s3://b/out/"):
        assert places.joined(f"{folder}?{MINIO}", "a?.csv") == f"s3://b/out/a%3F.csv?{MINIO}"
    assert places.joined("s3://b", "a.csv") == "s3://b/a.csv"
    assert places.joined(f"file://{tmp_path}", "a.csv") == f"file://{tmp_path}/a.csv"


def test_check_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for given in ("s3://b/a", Path("s3://b/a")):
        with pytest.raises(UsageError) as refused:
            places.check_local(given, "a model")
        assert str(refused.value) == "s3://b/a: a model is a file on this machine. Name it by its path, without s3://."
    for given in ("a", "/s3/a", "c:/a", "./s3:/a"):
        places.check_local(given, "a model")
    Path("s3:").mkdir()
    places.check_local(Path("s3:/a"), "a model")
