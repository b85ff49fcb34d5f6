"""The source distribution of the Python client holds its tests, and they run where nothing else of the repository is."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile

import pytest

from client_drivers import CLIENTS


@pytest.mark.integration
def test_the_tests_of_the_source_distribution_run(tmp_path):
    """The cases by the driver for threads, and the client's own tests."""
    build = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(tmp_path), str(CLIENTS / "python")]
    subprocess.run(build, check=True, capture_output=True)
    [packed] = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = [path for path in tmp_path.iterdir() if path.is_dir()]
    command = [sys.executable, "-m", "pytest", "-q", "-k", "not async- and not trio-", f"--basetemp={tmp_path / 'inner'}"]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(folder / "src"), os.environ.get("PYTHONPATH", "")]),
        "PYTEST_ADDOPTS": "",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
