"""What a store answers, in a sentence with a way out and without a secret."""

import pytest

from aevb_cli.errors import AevbError, DataError, OutputError, UsageError
from aevb_cli.places.connecting import system_of, told

URL = "s3://AKIA:gehe%2Fim@bucket/a.csv?region=eu-west-1"
HEAD = "When getting information for key 'a' in bucket 'b': AWS Error "
DEFAULT = "Check the place and your rights there, or choose another."
ANSWERS = {
    f"{HEAD}ACCESS_DENIED during HeadObject operation: No response body.": "access is denied. Check the rights, and "
    "AWS_PROFILE or AWS_ACCESS_KEY_ID and its secret.",
    f"{HEAD}NETWORK_CONNECTION during HeadObject operation: curlCode: 7, Could not connect": "the store does not "
    "answer. Check the network, and ?endpoint_override= or AWS_ENDPOINT_URL.",
    f"{HEAD}UNKNOWN (HTTP status 507) during PutObject operation: Quota is used up. (Request ID: AB)": "Quota is used "
    f"up. {DEFAULT}",
    "Bad \x1b[31m URI gehe/im of AKIA\nand more": rf"Bad \x1b[31m URI *** of ***. {DEFAULT}",
    "Unable to load libjvm": "hdfs:// needs Java and Hadoop. Set JAVA_HOME, HADOOP_HOME and CLASSPATH (hadoop "
    "classpath --glob).",
}


@pytest.mark.parametrize(("kind", "done"), [(DataError, "read"), (OutputError, "written")])
@pytest.mark.parametrize("answer", ANSWERS)
def test_answers(answer: str, kind: type[AevbError], done: str) -> None:
    with pytest.raises(kind) as told_so, told(URL, kind):
        raise OSError(answer)
    assert str(told_so.value) == f"s3://bucket/a.csv: cannot be {done}: {ANSWERS[answer]}"


def test_other_errors_pass() -> None:
    for error in (KeyError, KeyboardInterrupt, DataError):
        with pytest.raises(error), told(URL, OutputError):
            raise error


def test_a_store_is_connected_to_once() -> None:
    first, path = system_of("gs://bucket/in/a%20b.csv?endpoint_override=localhost:1&scheme=http")
    second, other = system_of("gs://bucket/c?endpoint_override=localhost:1&scheme=http")
    assert first is second
    assert (path, other) == ("bucket/in/a b.csv", "bucket/c")


def test_an_option_that_is_no_value() -> None:
    with pytest.raises(UsageError, match="gs://bucket: this URL is not understood"):
        system_of("gs://bucket/a?retry_limit_seconds=soon")
