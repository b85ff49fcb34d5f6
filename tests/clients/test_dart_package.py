"""The Dart package is what pub.dev's score asks for, and its README tells the truth."""

from __future__ import annotations

import re
import subprocess

import pytest

import dart_sdk
import dart_setup
from check_dart_package import PACKAGE, check_package, check_pages, find_static_errors, find_undocumented, libraries
from client_drivers import dart_command
from dart_style import find_unformatted
from notes_processes import make_notes_site

pytestmark = pytest.mark.integration
README = (PACKAGE / "README.md").read_text()
EXAMPLE = PACKAGE / "example" / "flask_firebase_login_example.dart"


def block(marker):
    """The code after `<!-- marker -->`."""
    return re.search(rf"<!-- {re.escape(marker)} -->\n```dart\n(.*?)```", README, re.DOTALL)[1]


def run(program, *arguments, folder):
    done = subprocess.run([*dart_command(program), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_package_is_complete_and_every_public_name_has_a_doc_comment():
    """Layout, description, changelog, comments."""
    assert check_package(PACKAGE) == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("final class Shop {\n}\n", "Shop"),
        ("/// A shop.\nclass Shop {\n  final String name;\n}\n", "name"),
        ("/// A shop.\nclass Shop {\n  const Shop(this.name);\n}\n", "Shop"),
        ("/// A shop.\nclass Shop {\n  Future<void> open() async {\n  }\n}\n", "open"),
        ("/// Sizes.\nenum Size {\n  small('s'),\n}\n", "small"),
        ("DateTime? parse(String text) {\n}\n", "parse"),
        ("typedef Source = String Function();\n", "Source"),
    ],
)
def test_a_public_name_without_a_comment_is_found(source, name):
    """And a private one is nobody's business."""
    assert [*find_undocumented(source)] == [name]
    assert [*find_undocumented(source.replace("Shop {", "_Shop {").replace("/// A shop.\n", ""))] in ([], [name])
    assert [*find_undocumented("class _Shop {\n  final String name;\n}\n")] == []


def test_every_library_is_free_of_static_errors():
    """By the front end of the Dart VM; `package:http` and others are doubles here."""
    dart_command(PACKAGE)
    root = PACKAGE.parents[1]
    checked = [
        *libraries(PACKAGE),
        root / "examples" / "flutter" / "lib" / "notes.dart",
        root / "benchmarks" / "dart_client.dart",
    ]
    assert find_static_errors(*checked) == ""


def test_a_static_error_is_found(tmp_path):
    """Or the test before would prove nothing."""
    dart_command(PACKAGE)
    wrong = tmp_path / "wrong.dart"
    wrong.write_text("int answer() => 'forty-two';\n")
    assert "can't be returned" in find_static_errors(wrong)


UNFORMATTED = {
    "a line that is too long": (f"final sum = {' + '.join(['number'] * 20)};\n", "longer than 128"),
    "a trailing comma": ("final numbers = [1, 2,];\n", "trailing comma"),
    "a list that would fit": ("final numbers = add(\n  1,\n  2\n);\n", "fit into one line"),
    "an expression that would fit": ("int two() =>\n    1 + 1;\n", "fit into one line"),
    "no blank": ("void run() {\n  if(true) return;\n}\n", "lacks a blank"),
    "two blank lines": ("int one = 1;\n\n\nint two = 2;\n", "two blank lines"),
    "no end": ("int one = 1;", "line break"),
    "a tab": ("void run() {\n\treturn;\n}\n", "a tab"),
}


@pytest.mark.parametrize(("source", "why"), UNFORMATTED.values(), ids=UNFORMATTED)
def test_what_the_formatter_would_change_is_found(source, why):
    """As far as it can be told without it."""
    problems = [*find_unformatted(source)]
    assert len(problems) == 1
    assert why in problems[0]


FORMATTED = """// a comment, with a comma,)
final (int,) one = (1,);
final text = 'if(true){ }, ]';
final list = [
  1, // a comment keeps lines apart
  2,
];
final done = add(() {
  return;
});
"""


def test_what_the_formatter_would_leave_is_left():
    """Texts, comments, records of one, blocks."""
    assert [*find_unformatted(FORMATTED)] == []


@pytest.mark.parametrize(
    "line", ["[the site](../../README.md)", "[a page](doc/nothing.md)", "```yaml\n  firebase_auth: any\n```"]
)
def test_what_pub_dev_would_not_show_is_found(tmp_path, line):
    """A link that leaves the package, one that leads nowhere, `any`."""
    (tmp_path / "README.md").write_text(f"{line}\n")
    assert len([*check_pages(tmp_path)]) == 1


def write_sdk(folder, name, status):
    """A command that notes what it is called with, and where."""
    command = folder / name
    command.write_text(f'#!/bin/sh\necho "{name} $* in $(basename "$PWD")" >> "{folder}/calls"\nexit {status}\n')
    command.chmod(0o755)


@pytest.mark.parametrize("status", [0, 1])
def test_where_there_is_an_sdk_it_checks_the_packages(monkeypatch, tmp_path, capsys, status):
    """Each step runs, whatever the one before says."""
    write_sdk(tmp_path, "dart", status)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert dart_sdk.main() == status
    calls = (tmp_path / "calls").read_text().splitlines()
    steps = ["analyze --fatal-infos", "format --output=none --set-exit-if-changed .", "test", "pub publish --dry-run"]
    assert calls == [f"dart {step} in dart" for step in ["pub get", *steps]]
    said = capsys.readouterr()
    assert "`flutter` is not on PATH" in said.out
    assert said.err.count("failed: ") == status * len(calls)


def test_where_there_is_no_sdk_it_says_what_did_not_run(monkeypatch, tmp_path, capsys):
    """And fails nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dart_sdk.main() == 0
    assert "`dart` is not on PATH, so these did not run in clients/dart: dart pub get, dart analyze" in capsys.readouterr().out


def test_the_readme_s_example_is_the_file_that_runs(emulator, start_site, tmp_path):
    """Letter by letter; the second run signs in no more."""
    assert block("example/flask_firebase_login_example.dart") == EXAMPLE.read_text()
    with start_site(tmp_path) as site:
        id_token = emulator.sign_in_with_google("ada@readme.example", "Ada")["idToken"]
        hello = '200 {"hello":"Ada","settings":{}}'
        assert [line for line in run(EXAMPLE, site.url, id_token, folder=tmp_path) if line] == [
            "before any call: signed_out", hello, "signed in as Ada",
        ]  # fmt: skip
        assert [line for line in run(EXAMPLE, site.url, folder=tmp_path) if line] == [
            "before any call: signed_in", hello, "signed in as Ada",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("package", "store"), [("shared_preferences", "PreferencesStore"), ("flutter_secure_storage", "SecureStore")]
)
def test_the_readme_s_stores_keep_the_last_text(package, store, tmp_path):
    """With doubles of the packages that they are for."""
    program = tmp_path / "store.dart"
    program.write_text(
        block(f"store: {package}")
        + f"""
Future<void> main() async {{
  final store = {store}();
  print(await store.load());
  await store.save('one');
  await store.save('two');
  print(await {store}().load());
  await store.clear();
  print(await store.load());
}}
"""
    )
    assert run(program, folder=tmp_path) == ["null", "two", "null"]


def test_the_readme_s_lines_for_flutter_have_no_static_error(tmp_path):
    """With a double of firebase_auth; Flutter itself is not here."""
    imports, code = re.match(r"((?:import [^\n]*\n)+)(.*)", block("flutter"), re.DOTALL).groups()
    more, store = re.match(r"((?:import [^\n]*\n)+)(.*)", block("store: flutter_secure_storage"), re.DOTALL).groups()
    more = more.replace("import 'package:flask_firebase_login/flask_firebase_login.dart';\n", "")
    library = tmp_path / "app.dart"
    library.write_text(imports + more + code + store)
    dart_command(library)
    assert find_static_errors(library) == ""


def test_the_readme_s_lines_for_tests_run(tmp_path):
    """Against the site that is for the tests of apps."""
    program = tmp_path / "test.dart"
    program.write_text(block("test"))
    signed_in, hello = "POST /auth/sign-in", "GET /api/hello"
    assert run(program, folder=tmp_path) == [
        '{"hello":"Ada"}', f"[{signed_in}, {hello}, {hello}, {signed_in}, {hello}]", "offline",
    ]  # fmt: skip


def test_the_core_of_the_flutter_example_runs_against_the_notes_site(emulator, tmp_path):
    """Notes and settings, asked for again by their ETags."""
    program = tmp_path / "walk.dart"
    program.write_text(
        """
import 'package:flask_firebase_login/flask_client.dart';
import 'package:notes_app/notes.dart';

Future<void> main(List<String> arguments) async {
  final client = FlaskClient(Uri.parse(arguments[0]), idToken: ({required forceRefresh}) => arguments[1]);
  final notes = Notes(client);
  await notes.addNote('Call Howard');
  await notes.writeSetting('sort', 'oldest');
  await notes.addNote('Write a compiler');
  for (var i = 0; i < 2; i++) {
    print([await notes.readNotes(), await notes.readSettings()]);
  }
  await client.session.signOut();
  print(client.session.state.code);
  client.close();
}
"""
    )
    with make_notes_site(emulator, tmp_path) as site:
        id_token = emulator.sign_in_with_google("grace@example.com", "Grace")["idToken"]
        seen = "[[Call Howard, Write a compiler], {sort: oldest}]"
        assert run(program, site.url, id_token, folder=tmp_path) == [seen, seen, "signed_out"]


def test_where_there_is_no_dart_it_is_said_what_to_install(monkeypatch, tmp_path, capsys):
    """Instead of a trace of Python's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(dart_setup, "NPM_VM", tmp_path / "dart")
    monkeypatch.setattr(dart_setup, "_take_from_npm", lambda: None)
    assert dart_setup.main() == 1
    assert "Install the Dart SDK" in capsys.readouterr().err
    with pytest.raises(RuntimeError, match="libc6:i386"):
        dart_setup.command(EXAMPLE)
