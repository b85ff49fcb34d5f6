"""The code for other packages, in the Dart package's README and recipes, has no type error, against doubles of their signatures."""

from __future__ import annotations

import re

import pytest

from check_dart_package import PACKAGE
from check_flutter import find_type_errors
from client_drivers import dart_command

pytestmark = pytest.mark.integration


def write_blocks(page, folder, marker=""):
    """Write each block of Dart, which is a whole library, into a file of its own; returns the files."""
    blocks = re.findall(rf"{marker}```dart\n(.*?)```", page.read_text(), re.DOTALL)
    files = [folder / f"{page.stem.lower()}_{number}.dart" for number in range(len(blocks))]
    for file, block in zip(files, blocks, strict=True):
        file.write_text(block)
    return files


def test_the_lines_that_hand_the_session_out_have_no_type_error(tmp_path):
    """To images and to web sockets."""
    dart_command(PACKAGE)
    [library] = write_blocks(PACKAGE / "README.md", tmp_path, "<!-- headers -->\n")
    assert find_type_errors(files=[library]) == ""
    library.write_text(library.read_text().replace("headersFor(address)", "headersFor('$address')"))
    assert "can't be assigned to the parameter type 'Uri'" in find_type_errors(files=[library])
