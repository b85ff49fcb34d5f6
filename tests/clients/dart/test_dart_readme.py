"""What the Dart package's README says of the sign-in through the site's page is free of static errors, and does what it says."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

import dart_setup
from check_dart_package import PACKAGE
from client_drivers import dart_command

pytestmark = pytest.mark.integration
README = (PACKAGE / "README.md").read_text()
HAND_OFF = "import 'package:flask_firebase_login/flask_firebase_login.dart';\n"
LAUNCHER = "import 'package:url_launcher/url_launcher.dart';\n"


def block(marker):
    """The code after `<!-- marker -->`, its imports apart."""
    code = re.search(rf"<!-- {re.escape(marker)} -->\n```dart\n(.*?)```", README, re.DOTALL)[1]
    return re.match(r"((?:import [^\n]*\n)*)(.*)", code, re.DOTALL).groups()


@pytest.fixture
def packages(tmp_path):
    """Where packages are, those of Flutter that the README names among them."""
    dart_setup.write_package_config()
    config = json.loads(dart_setup.PACKAGE_CONFIG.read_text())
    for name in ("flutter_web_auth_2", "url_launcher"):
        folder = dart_setup.DOUBLES / f"{name}_double"
        config["packages"].append({"name": name, "rootUri": folder.as_uri(), "packageUri": "lib/", "languageVersion": "3.5"})
    path = tmp_path / "package_config.json"
    path.write_text(json.dumps(config))
    return path


def test_an_app_of_the_readmes_lines_opens_the_browser_and_is_told_that_the_user_closed_it(tmp_path, packages):
    """With doubles of the packages that they are for; Flutter itself is not here."""
    parts = [
        "flutter: the site's page",
        "store: flutter_secure_storage",
        "flutter: desktop",
        "flutter: in two parts",
        "flutter: the way back",
    ]
    imports, codes = zip(*map(block, parts), strict=True)
    lines = {line for text in (*imports, LAUNCHER) for line in text.splitlines(keepends=True)} - {HAND_OFF}
    app = tmp_path / "app.dart"
    app.write_text(
        "".join(sorted(lines))
        + "\n".join(codes)
        + """
const storage = FlutterSecureStorage();

Future<void> main() async {
  try {
    await client.read(client.session.site.resolve('/api/hello'));
  } on BrowserClosed catch (error) {
    print(error.code);
  }
  await beginSignIn();
  final begun = BegunHandOff.fromText((await storage.read(key: 'sign-in'))!);
  try {
    await finishSignIn(Uri.parse('com.example.notes:/signed-in?code=x&state=another'));
  } on AnswerUnreadable catch (error) {
    print(error.code);
  }
  print([begun.address.host, await storage.read(key: 'sign-in'), makeHandOff(4567).redirectUri]);
  client.close();
}
"""
    )
    done = subprocess.run(dart_command(app, packages), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "browser_closed",
        "answer_unreadable",
        "[shop.example, null, http://127.0.0.1:4567/signed-in]",
    ]


def test_the_readme_names_every_error():
    """So that an app knows what to do."""
    errors = (PACKAGE / "lib" / "src" / "errors.dart").read_text()
    names = re.findall(r"^(?:final|base) class (\w+) extends", errors, re.MULTILINE)
    assert len(names) > 10
    assert [name for name in names if f"| `{name}` |" not in README] == []
