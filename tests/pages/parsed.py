"""A page taken apart, as its tests look at it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "img", "link", "hr"}


@dataclass
class Parsed(HTMLParser):
    """All tags with their attributes, the text by the tag it stands in, and tags that were not closed as opened."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.errors.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open:
            self.text.setdefault(self.open[-1], []).append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self) -> str:
        """All that is to be read."""
        return " ".join(part for tag, parts in self.text.items() if tag != "style" for part in parts)


def parsed(page: str) -> Parsed:
    found = Parsed()
    found.feed(page)
    found.close()
    return found


def check(page: str) -> Parsed:
    """What holds for every page: well-formed, alone, named, ordered, and readable by those who do not see it."""
    found = parsed(page)
    assert found.errors == []
    assert found.open == []
    assert page.startswith("<!doctype html>\n")
    assert found.named("html") == [{"lang": "en"}]
    assert len(found.named("h1")) == 1
    assert not {"script", "link", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in found.tags}
    identifiers = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers)), "an address stands twice"
    for tag, attributes in found.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} {name}"
            if name in {"href", "src", "xlink:href", "action", "data"}:
                assert value is not None
                assert value.startswith(("#", "data:image/png;base64,")), value
                if value.startswith("#"):
                    assert value[1:] in identifiers, f"{value} leads nowhere"
            if name == "aria-labelledby":
                assert value in identifiers
    assert "http://" not in page.replace("http://www.w3.org/1999/xlink", "")
    assert "https://" not in page
    assert "url(" not in page.replace("url(#", "")
    assert len(found.named("figure")) == len(found.named("figcaption")) == len(found.named("svg"))
    assert all(attributes["role"] == "img" for attributes in found.named("svg"))
    assert len(page.encode()) < 2_000_000
    return found
