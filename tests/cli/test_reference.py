"""The reference of the commands is their own help, which reads well on 80 columns; the shell completes them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import cli_reference
from flask_firebase_login.cli import COMMANDS, group

CONTEXTS = {context.command_path: context for context in cli_reference.iterate_commands()}
COMMANDS_ALONE = {path: context for path, context in CONTEXTS.items() if not hasattr(context.command, "commands")}
PAGE = cli_reference.PAGE.read_text()


def test_the_reference_is_what_the_commands_say():
    """`python tools/cli_reference.py` writes it."""
    assert cli_reference.insert(PAGE, cli_reference.render()) == PAGE


def test_every_command_of_the_issue_is_there():
    """In the order of the help."""
    assert [*CONTEXTS] == [
        "flask firebase-login",
        "flask firebase-login doctor",
        "flask firebase-login config",
        *(
            f"flask firebase-login accounts{name}"
            for name in ["", " list", " show", " grant", " revoke", " disable", " enable", " export", " delete"]
        ),
        *(f"flask firebase-login sessions{name}" for name in ["", " list", " revoke", " prune"]),
        "flask firebase-login sync",
        "flask firebase-login export-users",
        "flask firebase-login emulator",
        "flask firebase-login mint",
    ]


@pytest.mark.parametrize("path", CONTEXTS)
def test_the_help_reads_well_on_80_columns(path):
    """No line is longer, no word is cut, no summary ends in dots, and every option is explained."""
    lines = CONTEXTS[path].get_help().splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.endswith(("...", "-")) and not line.startswith(("Usage:", " " * 20))]
    assert lines[2].startswith("  ")
    for parameter in CONTEXTS[path].command.params:
        assert parameter.param_type_name == "argument" or parameter.help


@pytest.mark.parametrize("path", COMMANDS_ALONE)
def test_every_command_prints_json_on_demand(path):
    """By the same option."""
    assert "--json" in [name for parameter in COMMANDS_ALONE[path].command.params for name in parameter.opts]


def test_the_exit_codes_are_those_of_the_page():
    """And of the group's help."""
    from flask_firebase_login.cli import endings

    codes = {
        one.exit_code for one in vars(endings).values() if isinstance(one, type) and issubclass(one, endings.CommandFailed)
    }
    for code in {0, *codes}:
        assert f"\n| {code} |" in PAGE
        assert f"\n    {code:<5}" in CONTEXTS["flask firebase-login"].get_help()


def test_a_command_is_imported_when_it_is_asked_for():
    """`flask run` pays for none of them, nor for what they import."""
    code = "import sys, flask_firebase_login.cli as cli; print([name for name in sys.modules if name.startswith(cli.__name__ + '.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['flask_firebase_login.cli.lazy_groups']"
    assert [*COMMANDS] == group.list_commands(None)


def test_a_command_that_is_none_is_not_understood():
    """As everywhere in click."""
    assert group.get_command(None, "nothing") is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("flask firebase-login acc", ["accounts"]),
        ("flask firebase-login accounts re", ["revoke"]),
        ("flask firebase-login accounts list --", ["--role", "--disabled", "--not-disabled", "--limit", "--json", "--help"]),
        ("flask firebase-login se", ["sessions"]),
    ],
)
def test_the_shell_completes_commands_and_options(words, expected, tmp_path):
    """By click's own completion, through `flask`."""
    parts = words.split()
    environment = os.environ | {"_FLASK_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(parts) - 1)}
    code = "import sys; sys.argv[0] = 'flask'; from flask.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == expected
