"""The package and the example for Flutter, as far as a Dart VM without Flutter can tell."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

import dart_setup
from check_flutter import EXAMPLE, PACKAGE, check_example, check_package, check_sources, find_type_errors, write_package_config
from client_drivers import dart_command

pytestmark = pytest.mark.integration
CASES = {
    "package": ("support/status_cases.dart", "support/secure_store_cases.dart"),
    "example": ("problems_cases.dart",),
}
TEST_DOUBLE = dart_setup.PACKAGES["test"] / "lib" / "test.dart"
NAMES = ("statusCases", "firebaseCases", "secureStoreCases", "problemsCases")


@pytest.fixture
def copies(tmp_path):
    """The package and the example, to be changed."""
    dart_command(PACKAGE)
    folders = {"package": tmp_path / "package", "example": tmp_path / "example"}
    shutil.copytree(PACKAGE, folders["package"])
    shutil.copytree(EXAMPLE, folders["example"])
    return folders


def change(path, old, new):
    source = path.read_text()
    assert source.count(old) == 1, f"{path.name} has not one {old!r}"
    path.write_text(source.replace(old, new))


def run_cases(folders, tmp_path):
    """Run what runs without Flutter; returns what was printed, and the error."""
    config = write_package_config(tmp_path, **folders)
    files = [folders[part] / "test" / path for part, paths in CASES.items() for path in paths]
    found = [name for name in NAMES if any(f" {name} = " in path.read_text() for path in files)]
    assert found == list(NAMES)
    program = tmp_path / "cases.dart"
    program.write_text(
        "".join(f"import '{path.as_uri()}';\n" for path in [*files, TEST_DOUBLE])
        + "void main() {\n"
        + "".join(f"  {name}.forEach(test);\n" for name in NAMES)
        + "}\n"
    )
    done = subprocess.run(dart_command(program, config), capture_output=True, text=True, check=False)
    return done.stdout, done.stderr


def test_nothing_is_wrong_with_the_package_and_the_example():
    """Types, dependencies, doc comments, what Flutter needs of a pubspec."""
    dart_command(PACKAGE)
    assert find_type_errors() == ""
    assert [*check_package(), *check_sources(PACKAGE), *check_example(), *check_sources(EXAMPLE)] == []


TYPE_ERRORS = {
    "a pattern that assigns to fields": (
        "example", "lib/notes_page.dart",
        "      setState(() {\n        _settings = settings;\n        _texts = texts;\n      });\n",
        "      setState(() => (_settings, _texts) = (settings, texts));\n",
        "Only local variables or formal parameters can be used in pattern assignments",
    ),
    "a widget test that names MyApp": (
        "example", "test/widget_test.dart", "NotesApp(client: client, ways: ways)", "const MyApp()", "MyApp",
    ),
    "google_sign_in as it was before version 7": (
        "example", "lib/sign_in_ways.dart", "GoogleSignIn.instance.authenticate()", "GoogleSignIn().signIn()", "GoogleSignIn",
    ),
    "a named parameter that is none": (
        "package", "lib/src/firebase.dart", "getIdToken(forceRefresh)", "getIdToken(forceRefresh: forceRefresh)", "forceRefresh",
    ),
    "users in the place of uids": (
        "package", "lib/src/firebase.dart", "identityChanges: uidChanges", "identityChanges: authStateChanges()", "Stream<User?>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change_of", TYPE_ERRORS.values(), ids=TYPE_ERRORS)
def test_a_type_error_that_is_put_back_is_found(copies, change_of):
    """Among them the two with which the example did not compile."""
    part, path, old, new, said = change_of
    change(copies[part] / path, old, new)
    assert said in find_type_errors(**copies)


MISTAKES = {
    "Firebase without options": (
        "lib/main.dart", "Firebase.initializeApp(options: DefaultFirebaseOptions.currentPlatform)", "Firebase.initializeApp()",
        "without options",
    ),
    "a provider that is not there": (
        "lib/sign_in_ways.dart", "_auth.signInWithPopup(GoogleAuthProvider())", "_auth.signInWithProvider(GoogleAuthProvider())",
        "not there on the web",
    ),
    "an Error that is no Exception": (
        "lib/notes_page.dart", "      await work();\n      return null;\n    } on Object catch (error, trace) {",
        "      await (work(), work()).wait;\n      return null;\n    } on Exception catch (error, trace) {", "ParallelWaitError",
    ),
    "http, not in the pubspec": ("pubspec.yaml", "  http: ^1.2.0\n", "", "http is imported"),
    "no icons": ("pubspec.yaml", "  uses-material-design: true\n", "", "uses-material-design"),
}  # fmt: skip


@pytest.mark.parametrize("change_of", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_that_compiles_is_found(copies, change_of):
    """By its pattern, or in the pubspec."""
    path, old, new, said = change_of
    change(copies["example"] / path, old, new)
    problems = [*check_sources(copies["example"]), *check_example(copies["example"])]
    assert len(problems) >= 1
    assert all(said in problem for problem in problems)


def test_what_flutter_create_would_write_is_there(copies):
    """Its own widget test names an app that this is not."""
    (copies["example"] / "test" / "widget_test.dart").unlink()
    assert "MyApp" in "".join(check_example(copies["example"]))


def test_what_runs_without_flutter_holds(tmp_path):
    """What to show, the store's rules for each platform, the sentences for errors, the addresses of a device."""
    said, error = run_cases({"package": PACKAGE, "example": EXAMPLE}, tmp_path)
    assert error == ""
    assert re.fullmatch(r"\d+ tests passed\n", said)


DEFECTS = {
    "keeps a session of an earlier installation": (
        "package", "lib/src/secure_store.dart", " || await _isKeptHere()) return text;", " || true) return text;",
        "a session of an earlier installation is dropped on iOS",
    ),
    "asks preferences where nothing outlives the app": (
        "package", "lib/src/secure_store.dart", "if (_outlivesApp && !_isMarked) {", "if (!_isMarked) {",
        "no preference is read or written",
    ),
    "does not say what is missing": (
        "package", "lib/src/secure_store.dart", "if (error.details != _missingEntitlement) rethrow;", "rethrow;", "an entitlement is missing",
    ),
    "shows the sign-in to a user of Firebase": (
        "package", "lib/src/session_status.dart", "_isByFirebase ? SessionStatus.signingIn : SessionStatus.signedOut",
        "SessionStatus.signedOut", "is signed in at the site by the first call",
    ),
    "shows one user as another": (
        "package", "lib/src/session_status.dart", "_ when _isByFirebase && _uid != _owner => SessionStatus.signingIn,", "",
        "another user at Firebase is never shown as the first",
    ),
    "listens on": (
        "package", "lib/src/session_status.dart", "    await _ofFirebase?.cancel();\n", "", "each change is told",
    ),
    "does not look into what two calls threw": (
        "example", "lib/problems.dart", "rootOf(first.error),", "first,", "what two calls at once throw",
    ),
    "sends an emulator to itself": (
        "example", "lib/addresses.dart", "address.replace(host: '10.0.2.2')", "address", "an Android emulator reaches the machine",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change_of", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_noticed(copies, tmp_path, change_of):
    """By the case whose sentence says so."""
    part, path, old, new, said = change_of
    change(copies[part] / path, old, new)
    assert said in run_cases(copies, tmp_path)[1]


DART_README = dart_setup.PACKAGES["flask_firebase_login"] / "README.md"
GREETING = """
class MyApp extends StatelessWidget {
  const MyApp(this.client);
  final FlaskClient client;
  @override
  Widget build(BuildContext context) => const SizedBox();
}
"""
"""The app that the README's widget test is for."""


def block(page, marker):
    """The code after `<!-- marker -->`."""
    return re.search(rf"<!-- {re.escape(marker)} -->\n```dart\n(.*?)```", page.read_text(), re.DOTALL)[1]


def test_the_code_of_the_readmes_has_no_type_error(copies):
    """The whole app of `example/README.md`, the parts in README.md, and what the README of the Dart package says of App Check."""
    readme = PACKAGE / "README.md"
    app = block(PACKAGE / "example" / "README.md", "app")
    app_check_import, app_check = block(readme, "app check").split("\n", 1)
    parts = [
        f"{app_check_import}\nimport 'package:firebase_auth/firebase_auth.dart';\nimport 'package:firebase_core/firebase_core.dart';",
        "import 'package:flask_firebase_login_flutter/flask_firebase_login_flutter.dart';\nimport 'package:flutter/material.dart';",
        "import 'app.dart' show MyApp, SignInPage;\nimport 'firebase_options.dart';",
        f"Future<void> start() async {{\n{block(readme, 'three lines')}}}",
        block(readme, "session builder"),
        block(readme, "open site"),
        app_check,
        f"FlaskClient makeOther() {{\n{block(DART_README, 'app check')}  return client;\n}}",
        "class HomePage extends StatelessWidget {\n  const HomePage({this.notice, super.key});\n  final String? notice;",
        "  @override\n  Widget build(BuildContext context) => const SizedBox();\n}",
    ]
    library = copies["example"] / "lib"
    greeted = f"import 'package:flutter/widgets.dart';\n{block(readme, 'widget test')}{GREETING}"
    (copies["example"] / "test" / "greeted_test.dart").write_text(greeted)
    (library / "app.dart").write_text(app)
    (library / "parts.dart").write_text("\n".join(parts))
    assert find_type_errors(**copies) == ""
    change(library / "parts.dart", "client.openSite('/auth/')", "client.openSite(next: '/auth/')")
    assert "openSite" in find_type_errors(**copies)
