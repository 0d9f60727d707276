"""Rules for all tests."""

import os
from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """A skip for want of a package is fine on a developer's machine, and a failure in CI, which installs them."""
    report = yield
    if report.skipped and os.environ.get("VOICEKIT_TESTS_MUST_RUN") and "apt-get install" in str(report.longrepr):
        report.outcome = "failed"
    return report
