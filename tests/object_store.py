"""An S3 server of the tests' own, and a bucket in it."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

#: In a process of its own: where Arrow waits for a server while it holds Python's lock, none may need that lock.
SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_DEFAULT_REGION": "us-east-1"}
_numbers = itertools.count()


@dataclass(frozen=True)
class Store:
    """A bucket. client: of boto3."""

    client: Any
    bucket: str
    endpoint: str

    def url(self, key: str) -> str:
        """The URL of a key, where the environment names the server."""
        return f"s3://{self.bucket}/{key}"

    def put(self, key: str, content: bytes) -> str:
        """Put an object; its URL."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)
        return self.url(key)

    def get(self, key: str) -> bytes:
        """The content of an object."""
        return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def all_keys(self) -> list[str]:
        """The keys of all objects, hidden ones too, and the marks that Arrow leaves for folders."""
        found = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [each["Key"] for each in found]

    def keys(self) -> list[str]:
        """The keys of all objects, hidden ones too."""
        return [key for key in self.all_keys() if not key.endswith("/")]

    def uploads(self) -> list[str]:
        """The keys of the uploads that have begun and not ended."""
        return [each["Key"] for each in self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])]

    def forbid(self, *actions: str) -> None:
        """Forbid these actions to everyone."""
        import json

        resources = [f"arn:aws:s3:::{self.bucket}{rest}" for rest in ("", "/*")]
        rule = {"Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": resources}
        self.client.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps({"Statement": [rule]}))


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of an S3 server."""
    program = [sys.executable, "-c", SERVER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(program, text=True, env={**os.environ, **ENVIRONMENT}, **pipes) as running:  # type: ignore[call-overload]
        yield f"http://127.0.0.1:{int(running.stdout.readline())}"
        running.stdin.close()
        running.kill()


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A new bucket; the environment names the server and has the credentials."""
    import boto3

    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": server, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=server)
    bucket = f"bucket-{os.getpid()}-{next(_numbers)}"
    client.create_bucket(Bucket=bucket)
    return Store(client, bucket, server)
