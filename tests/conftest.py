"""Rules for all tests."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from sites import Site, runner

# The default suite stays under ten minutes on two cores; `make faults` looks longer.
settings.register_profile("brief", max_examples=40)
settings.register_profile("long", max_examples=400)
settings.load_profile(os.environ.get("VOICEKIT_EXAMPLES", "brief"))
pytest_plugins = ["servers.fixtures"]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does: the tests run side by side already


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """A skip for want of a package is fine on a developer's machine, and a failure in CI, which installs them."""
    report = yield
    if report.skipped and os.environ.get("VOICEKIT_TESTS_MUST_RUN") and "apt-get install" in str(report.longrepr):
        report.outcome = "failed"
    return report


@pytest.fixture
def site(tmp_path):
    """A small workspace with nothing spoken yet."""
    return Site(tmp_path / "site")


@pytest.fixture
def run(capsys, monkeypatch):
    """`run(*argv, stdin=...)` over the command line, in this process."""
    return runner(capsys, monkeypatch)


@pytest.fixture
def revoice(site, run):
    """`revoice(*argv)` on the small workspace; gives what ran."""
    return lambda *argv, **options: run("revoice", "-C", site.root, "--json", *argv, **options)
