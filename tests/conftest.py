"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


FIXTURES = Path(__file__).resolve().parent / "fixtures" / "data"


def mini_without_arms(name: str = "own") -> str:
    """The text of the mini profile under another name, for a test to add arms of its own."""
    text = (CHECKOUT / "xltlib" / "profiles" / "mini.yaml").read_text(encoding="utf-8")
    return text.replace("name: mini", f"name: {name}", 1).partition("arms:")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that read the publishers' own files are ``real``."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def published() -> Path:
    """Small files in the publishers' formats, with text of our own (tests/fixtures/make.py)."""
    return FIXTURES


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of publishers' files: $XLTLIB_TEST_DATA, or ../shared/data beside the checkout."""
    path = Path(os.environ.get("XLTLIB_TEST_DATA") or CHECKOUT.parent / "shared" / "data")
    if not path.is_dir():
        pytest.skip(f"no publishers' files at {path}: set XLTLIB_TEST_DATA to test against them")
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh folder for runs/ and figures/."""
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    return tmp_path
