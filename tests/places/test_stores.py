"""Objects are replaced whole or not at all, whatever ends the writing."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from aevb_cli import places
from aevb_cli.errors import DataError, OutputError
from tests.object_store import Store

pytestmark = pytest.mark.cluster

LARGE = 12_000_000  # bytes: more than a part of an upload
WRITER = """
import sys
from aevb_cli import places
with places.replacing(sys.argv[1]) as file:
    while True:
        file.write(bytes(1 << 20))
"""


def write(place: str, *blocks: bytes) -> None:
    with places.replacing(place) as file:
        for block in blocks:
            file.write(block)


def read(place: str) -> bytes:
    with places.opened(place) as file:
        return file.read()


def test_an_object_has_what_was_written(store: Store) -> None:
    url = store.url("out/a b.bin")
    write(url, b"one", b"two")
    assert store.keys() == ["out/a b.bin"]
    assert read(url) == store.get("out/a b.bin") == b"onetwo"


def test_parts_are_sent_while_it_is_written(store: Store) -> None:
    url = store.url("large")
    with places.replacing(url) as file:
        for _ in range(2):
            file.write(bytes(LARGE))
        assert [each.startswith(".large.") for each in store.uploads()] == [True]
        assert store.keys() == []
    assert store.keys() == ["large"]
    assert len(read(url)) == 2 * LARGE


@pytest.mark.parametrize("size", [0, 10, LARGE], ids=["nothing", "a little", "parts"])
@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, OutputError], ids=lambda kind: kind.__name__)
def test_an_error_leaves_the_old_object_and_nothing_else(store: Store, size: int, error: type[BaseException]) -> None:
    url = store.put("out/a", b"old")

    def fail() -> None:
        with places.replacing(url) as file:
            file.write(bytes(size))
            raise error

    with pytest.raises(error):
        fail()
    assert store.keys() == ["out/a"]
    assert store.get("out/a") == b"old"
    assert store.uploads() == []


def test_whoever_closes_the_file_does_not_store_it(store: Store) -> None:
    def fail() -> None:
        with places.replacing(store.url("a")) as file:
            file.write(b"half")
            file.close()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert store.all_keys() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_a_signal_leaves_the_old_object(store: Store, number: signal.Signals) -> None:
    url = store.put("a", b"old")
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stderr=subprocess.DEVNULL) as running:
        wait_for_an_upload(store)
        running.send_signal(number)
    assert running.returncode not in {0, 1} or number == signal.SIGINT
    assert store.all_keys() == ["a"]
    assert store.get("a") == b"old"
    if number == signal.SIGINT:
        assert store.uploads() == []


def wait_for_an_upload(store: Store) -> None:
    ends = time.monotonic() + 60
    while not store.uploads():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_writers_at_one_time_never_mix(store: Store) -> None:
    url = store.url("a")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda letter: write(url, *[letter * 100_000] * 3), [b"a", b"b", b"c", b"d"]))
    found = read(url)
    assert store.keys() == ["a"]
    assert found == found[:1] * 300_000


def test_an_object_is_read_in_pieces(store: Store) -> None:
    content = bytes(range(256)) * 20_000
    url = store.put("a", content)
    with places.opened(url) as file:
        assert file.seekable()
        file.seek(-10, 2)
        assert file.read() == content[-10:]
        file.seek(3_000_000)
        assert file.read(5) == content[3_000_000:3_000_005]
    assert places.random_access(url).read(4) == content[:4]


def test_facts_tell_versions_apart(store: Store) -> None:
    url = store.put("a", b"one")
    first = places.facts(url)
    assert first == places.Facts(3, store.client.head_object(Bucket=store.bucket, Key="a")["ETag"].strip('"'))
    store.put("a", b"two")
    assert places.facts(url) != first
    store.put("a", b"one")
    assert places.facts(url) == first
    assert places.facts(store.url("b")) is None
    assert places.facts(store.url("")) is None


def test_remove(store: Store) -> None:
    url = store.put("a", b"one")
    places.remove(url)
    places.remove(url)
    assert store.keys() == []


def test_probe_leaves_no_trace(store: Store) -> None:
    places.probe(store.url("a"))
    assert store.all_keys() == []
    places.probe(store.put("out/a", b"old"))
    assert store.keys() == ["out/a"]
    assert store.get("out/a") == b"old"


@pytest.fixture
def nowhere(store: Store) -> str:
    return store.url("a").replace("bucket-", "no-bucket-")


def test_there_is_no_such_bucket(nowhere: str) -> None:
    message = f"{nowhere}: cannot be written: there is no such bucket. Mend its name, or choose another place."
    with pytest.raises(OutputError) as refused:
        places.probe(nowhere)
    assert str(refused.value) == message
    with pytest.raises(OutputError) as refused:
        write(nowhere)
    assert str(refused.value) == message
    with pytest.raises(DataError, match="there is no such file"):
        read(nowhere)


def test_what_is_forbidden(store: Store) -> None:
    url = store.put("a", b"one")
    store.forbid("s3:PutObject", "s3:GetObject")
    for forbidden in (places.probe, write):
        with pytest.raises(OutputError, match="cannot be written: access is denied"):
            forbidden(url)
    with pytest.raises(DataError, match="cannot be read: access is denied"):
        read(url)
    assert store.keys() == ["a"]
