"""A report as a browser shows it: by day, by night, on a phone and on paper, without a word of complaint."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from tests.conftest import Call

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here to show the page"),
]


def browse(*arguments: str | Path) -> str:
    """Run the browser without a window; what it says."""
    assert BROWSER
    profile = Path.cwd() / "profile"
    given = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}")
    logged = ("--enable-logging=stderr", "--log-level=0")
    done = subprocess.run(
        [BROWSER, *given, *logged, *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=True,
        env={**os.environ},
    )
    return done.stderr.decode(errors="replace")


def shot(page: Path, name: str, *arguments: str, width: int = 1000, height: int = 3000) -> np.ndarray:
    """A picture of the page, (H, W, 3), from 0 to 1."""
    said = browse(f"--window-size={width},{height}", f"--screenshot={name}.png", *arguments, page.as_uri())
    assert not re.findall(r"CONSOLE.*", said), "the page makes the browser complain"
    return np.asarray(imread(f"{name}.png"))[..., :3]


@pytest.mark.parametrize("name", ["bnn", "latent2"])
def test_it_is_seen(name: str, call: Call, bench: Path, workshop: Path) -> None:
    shutil.copy(workshop / f"{name}.safetensors", bench)
    assert call("report", f"{name}.safetensors", "-q") == 0
    page = bench / f"{name}.html"
    day, night = shot(page, "day"), shot(page, "night", "--blink-settings=preferredColorScheme=0")
    assert day[5, 5].mean() > 0.95
    assert night[5, 5].mean() < 0.2
    for picture in (day, night):
        background = picture[5, 5]
        drawn = np.abs(picture - background).max(-1) > 0.2
        assert 0.02 < drawn.mean() < 0.5
        assert drawn[: len(drawn) // 3].any(1).mean() > 0.3, "the answer comes first, without a gap"
    phone = shot(page, "phone", width=500)
    assert np.abs(phone[:, -8:] - phone[5, 5]).max() < 0.1, "nothing sticks out at the right"
    browse("--no-pdf-header-footer", f"--print-to-pdf={name}.pdf", page.as_uri())
    assert (bench / f"{name}.pdf").read_bytes().startswith(b"%PDF")


MEASURE = """<style>body { width: 400px; margin: 0 }</style><script>
const cut = [...document.querySelectorAll(".wide")].filter(each => each.querySelector("svg"));
document.title = cut.length + " pictures, cut off: " + cut.filter(each => each.scrollWidth > each.clientWidth).length;
</script></body>"""
"""A window of Chromium's is not narrower than 500 pixels; the page may be."""


@pytest.mark.parametrize("name", ["bnn", "latent2"])
def test_no_picture_is_cut_off_on_a_narrow_phone(name: str, call: Call, bench: Path, workshop: Path) -> None:
    shutil.copy(workshop / f"{name}.safetensors", bench)
    assert call("report", f"{name}.safetensors", "-q") == 0
    page = re.sub("<meta http-equiv[^>]*>", "", (bench / f"{name}.html").read_text()).replace("</body>", MEASURE)
    (bench / "measured.html").write_text(page)
    assert BROWSER
    given = ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={bench / 'profile'}", "--dump-dom")
    line = [BROWSER, *given, "--window-size=500,900", (bench / "measured.html").as_uri()]
    dom = subprocess.run(line, capture_output=True, timeout=120, check=True).stdout.decode()
    assert re.search(r"<title>[1-9]\d* pictures, cut off: 0</title>", dom), re.findall("<title>.*?</title>", dom)


def test_complaints_are_heard(bench: Path) -> None:
    """The check above would see a page that asks for something from elsewhere."""
    (bench / "bad.html").write_text(
        '<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
        "<script>alert(1)</script><p>x</p>"
    )
    assert re.findall(r"CONSOLE.*", browse("--screenshot=bad.png", (bench / "bad.html").as_uri()))
