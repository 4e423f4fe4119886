"""What a URL says: its scheme, whose store, which key, and the options in its query. Nothing is opened here."""

import difflib
import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote, unquote

from aevb_cli.errors import UsageError
from aevb_cli.printable import printable, unfit

_OF_S3 = ("region", "scheme", "endpoint_override", "allow_bucket_creation", "allow_bucket_deletion")
_MORE_OF_S3 = ("allow_delayed_open", "check_directory_existence_before_creation", "tls_ca_file_path", "smart_defaults")
_OF_GS = ("scheme", "endpoint_override", "retry_limit_seconds", "project_id")
_OF_HDFS = ("user", "replication", "buffer_size", "default_block_size", "kerb_ticket")
_OF_AZURE = (
    "blob_storage_authority",
    "dfs_storage_authority",
    "enable_tls",
    "credential_kind",
    "tenant_id",
    "client_id",
)
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "file": (),
    "s3": (*_OF_S3, *_MORE_OF_S3),
    "gs": _OF_GS,
    "gcs": _OF_GS,
    "hdfs": _OF_HDFS,
    "viewfs": _OF_HDFS,
    "abfs": _OF_AZURE,
    "abfss": _OF_AZURE,
}
"""By scheme: the options that a URL's query may have. No secret is among them, so all may be shown."""

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_COLLAPSED = re.compile(r"([a-z0-9]+):/+")
_QUERY = re.compile(r"\?(?=([a-z_]+=[^&?]*)(&[a-z_]+=[^&?]*)*$)")
_TAKEN = re.compile(r"[%?#*\[\]]")
"""Characters that mean something in a URL or a pattern."""


@dataclass(frozen=True)
class Address:
    """A URL in its parts, as they are written.

    owner: user and password, empty without; path: without the first slash; query: without the question mark.
    """

    scheme: str
    owner: str
    host: str
    path: str
    query: str

    @property
    def key(self) -> str:
        """What the store calls the object, without the first slash."""
        return unquote(self.path)

    @property
    def pattern(self) -> str:
        """The key as a pattern, in which an encoded *, ? or [ is only itself."""
        return unquote(re.sub("%(?:2[Aa]|3[Ff]|5[Bb])", lambda found: f"[{found[0]}]", self.path))

    @property
    def root(self) -> str:
        """The URL of the store itself, which tells whose it is and how it is reached."""
        return f"{self.scheme}://{self._owner}{self.host}{self._query}"

    def at(self, key: str) -> str:
        """Return the URL of another key in the same store."""
        return f"{self.scheme}://{self._owner}{self.host}/{_encoded(key)}{self._query}"

    @property
    def _owner(self) -> str:
        """User and password as a URL has them: those of S3 may have slashes, which mean something else there."""
        return ":".join(quote(unquote(each), safe="") for each in self.owner.split(":")) + "@" if self.owner else ""

    @property
    def _query(self) -> str:
        return f"?{self.query}" if self.query else ""


def is_url(place: str) -> bool:
    """Whether a place is a URL; its scheme may be one that nobody knows.

    >>> is_url("s3://bucket/a.csv"), is_url("a.csv"), is_url("C:/a.csv")
    (True, False, False)
    """
    return _URL.match(place) is not None


def parsed(place: str) -> Address:
    """Take a URL apart. A key may have blanks and a pattern's characters; %XX in it stands for a byte.

    The query begins at the first '?' after which there are only options that have names such as pyarrow's.

    Raises
    ------
    UsageError
        nobody knows the scheme or an option, or the store is not named.
    """
    found = _URL.match(place)
    scheme, rest = (found[1].lower(), place[found.end() :]) if found else ("", place)
    _check_scheme(place, scheme)
    rest, query = _split(rest, scheme)
    owner, host, key = _authority(rest, scheme)
    for option in query.split("&") if query else []:
        _check_option(place, scheme, option.partition("=")[0])
    if scheme == "file" and host not in {"", "localhost"}:
        raise UsageError(f"{shown(place)}: after file:// comes a whole path: file:///{host}/{key} has three slashes.")
    if scheme != "file" and not host and scheme not in {"hdfs", "viewfs"}:
        raise UsageError(f"{shown(place)}: no bucket is named. Write {scheme}://BUCKET/KEY.")
    if re.search("[\0\ud800-\udfff]", unquote(key)):
        raise UsageError(f"{shown(place)}: no store has such a name. Write it in UTF-8.")
    return Address(scheme, owner, host, key, query)


def is_pattern(place: str) -> bool:
    """Whether a place has characters with which a pattern stands for several files.

    >>> is_pattern("s3://bucket/part-?.csv?scheme=http"), is_pattern("s3://bucket/a.csv?scheme=http")
    (True, False)
    """
    return glob.has_magic(parsed(place).path if is_url(place) else place)


def local(place: str) -> Path | None:
    """Return the path of a place on this machine, a file:// URL's too; None for one in a store.

    >>> local("file:///data/a%20b.csv")
    PosixPath('/data/a b.csv')
    """
    if not is_url(place):
        return Path(place)
    return Path(f"/{parsed(place).key}") if place[:7].lower() == "file://" else None


def joined(folder: str, name: str) -> str:
    """Return the place of a file in a folder; the options of a URL stay.

    >>> joined("s3://bucket/out/?region=eu-west-1", "a.csv")
    's3://bucket/out/a.csv?region=eu-west-1'
    """
    if not is_url(folder):
        return str(Path(folder) / name)
    address = parsed(folder)
    return address.at(f"{address.key.rstrip('/')}/{name}".lstrip("/"))


def name(place: str) -> str:
    """Return the last component of a place.

    >>> name("s3://bucket/in/part%201.csv?region=eu-west-1")
    'part 1.csv'
    """
    return PurePath(parsed(place).key if is_url(place) else place).name


def shown(place: str) -> str:
    """Return a place as messages name it: on one line, a URL without user, password and options.

    >>> shown("s3://AKIA:geheim@bucket/a.csv?scheme=http")
    's3://bucket/a.csv'
    """
    return printable(without_secrets(place, options=False))


def without_secrets(place: str, *, options: bool = True) -> str:
    """Return a place without user and password and, of its options, with those that are known: none of them is secret.

    >>> without_secrets("s3://AKIA:geheim@bucket/a.csv?scheme=http&token=geheim")
    's3://bucket/a.csv?scheme=http'
    """
    found = _URL.match(place)
    if not found:
        return place
    scheme = found[1].lower()
    rest, query = _split(place[found.end() :], scheme)
    _, host, key = _authority(rest, scheme)
    known = [each for each in query.split("&") if options and each.partition("=")[0] in OPTIONS.get(scheme, ())]
    kept = "&".join(re.sub("//[^/]*@", "//", option) for option in known)
    slash = "/" if key or rest.endswith("/") else ""
    return unfit(f"{found[0]}{host}{slash}{key}{f'?{kept}' if kept else ''}", _escaped)


def check_local(path: str | Path, what: str) -> None:
    """Raise UsageError for a URL where only a file on this machine will do; `Path` has left it one slash.

    what: the file's part in the sentence.
    """
    found = _COLLAPSED.match(str(path))
    if found and found[1] in OPTIONS and not Path(f"{found[1]}:").exists():
        url = shown(f"{found[1]}://{str(path)[found.end() :]}")
        raise UsageError(f"{url}: {what} is a file on this machine. Name it by its path, without {found[1]}://.")


def _encoded(key: str) -> str:
    return unfit(_TAKEN.sub(lambda found: f"%{ord(found[0]):02X}", key), _escaped)


def _escaped(character: str) -> str:
    return quote(character, safe="", errors="surrogatepass")


def _split(rest: str, scheme: str) -> tuple[str, str]:
    """Cut what follows the scheme in front of the query."""
    known = OPTIONS.get(scheme)
    for found in _QUERY.finditer(rest):
        names = [option.partition("=")[0] for option in rest[found.end() :].split("&")]
        if known is None or any(difflib.get_close_matches(each, known, 1, 0.75) for each in names):
            return rest[: found.start()], rest[found.end() :]
    return rest, ""


def _authority(rest: str, scheme: str) -> tuple[str, str, str]:
    """Return user and password, the host or bucket, and the key. A password may have slashes that nobody encoded."""
    authority, _, key = rest.partition("/")
    owner, sign, host = authority.rpartition("@")
    _, colon, port = authority.partition(":")
    if not sign and colon and not port.isdigit() and "@" in key:
        owner, _, behind = rest.partition("@")
        host, _, key = behind.partition("/")
    if scheme in {"abfs", "abfss"} and ":" not in owner and sign:  # there it is the container
        return "", f"{owner}@{host}", key
    return owner, host, key


def _check_scheme(place: str, scheme: str) -> None:
    if scheme in OPTIONS:
        return
    if scheme in {"http", "https", "ftp"}:
        advice = "Fetch the file first, or pipe it in: curl URL | aevb ... -"
        raise UsageError(f"{shown(place)}: {scheme}:// is neither read nor written. {advice}")
    near = difflib.get_close_matches(scheme, OPTIONS, 1, 0.4)
    hint = f"did you mean {near[0]}://?" if near else "known are " + ", ".join(f"{each}://" for each in OPTIONS)
    raise UsageError(f"{shown(place)}: nobody knows the scheme {printable(scheme)}://; {hint}")


def _check_option(place: str, scheme: str, option: str) -> None:
    if option not in OPTIONS[scheme]:
        near = difflib.get_close_matches(option, OPTIONS[scheme], 1, 0.6)
        hint = f"did you mean {near[0]}?" if near else f"it knows {', '.join(OPTIONS[scheme])}"
        raise UsageError(f"{shown(place)}: {scheme}:// has no option '{printable(option)}'; {hint}")
