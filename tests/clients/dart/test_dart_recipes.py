"""The Dart package's recipes, and what its README hands to other packages: checked against doubles of their signatures, or run."""

from __future__ import annotations

import re
import subprocess

import pytest

from check_dart_package import PACKAGE
from check_flutter import find_type_errors
from client_drivers import dart_command

pytestmark = pytest.mark.integration
README, RECIPES = PACKAGE / "README.md", PACKAGE / "doc" / "recipes.md"


def write_libraries(page, folder):
    """Write each block that is marked by a file name, which is a whole library, into that file."""
    blocks = re.findall(r"<!-- (\w+\.dart) -->\n```dart\n(.*?)```", page.read_text(), re.DOTALL)
    for name, code in blocks:
        (folder / name).write_text(code)
    return [folder / name for name, _ in blocks]


def test_the_code_of_the_recipes_has_no_type_error(tmp_path):
    """Each block is a library by itself."""
    dart_command(PACKAGE)
    libraries = [*write_libraries(RECIPES, tmp_path), *write_libraries(README, tmp_path)]
    assert len(libraries) == RECIPES.read_text().count("```dart\n") + 1
    assert find_type_errors(files=libraries) == ""


WRONG = {
    "dio.dart": ("ConversionLayerAdapter(WholeBodies(client))", "ConversionLayerAdapter(client: client)"),
    "graphql.dart": ("httpClient: client", "client: client"),
    "bloc.dart": ("emit((state, ", "emit((null, "),
    "headers.dart": ("headersFor(address)", "headersFor('$address')"),
}


def test_a_type_error_in_a_recipe_is_found(tmp_path):
    """Or the test before would prove nothing."""
    dart_command(PACKAGE)
    libraries = {path.name: path for page in (README, RECIPES) for path in write_libraries(page, tmp_path)}
    for name, (right, wrong) in WRONG.items():
        assert right in libraries[name].read_text()
        libraries[name].write_text(libraries[name].read_text().replace(right, wrong))
    said = find_type_errors(files=libraries.values())
    assert [name for name in WRONG if f"{name}:" not in said] == []


RUN = """
import 'dart:io';
import 'dart:isolate';

import 'package:flask_firebase_login/flask_client.dart';
import 'package:flask_firebase_login/io.dart';
import 'package:flask_firebase_login/testing.dart';
import 'package:http/http.dart' as http;

import 'background.dart';
import 'mock_client.dart';
import 'whole_bodies.dart';
import 'worker.dart';

/// Lets isolates reach the site, which they do by an address alone.
Future<FakeFlaskSite> serve(HttpServer server) async {
  final site = FakeFlaskSite(address: Uri.parse('http://127.0.0.1:${server.port}'))
    ..on('GET /api/hello', (request, user) => {'hello': user.name})
    ..on('POST /api/notes', (request, user) => {'noted': request.body});
  server.listen((asked) async {
    final request = http.Request(asked.method, site.address.resolve('${asked.uri}'));
    asked.headers.forEach((name, values) => request.headers[name] = values.join(', '));
    request.bodyBytes = [for (final chunk in await asked.toList()) ...chunk];
    final answer = await site.send(request);
    asked.response.statusCode = answer.statusCode;
    answer.headers.forEach(asked.response.headers.set);
    await asked.response.addStream(answer.stream);
    await asked.response.close();
  });
  return site;
}

String ada({required bool forceRefresh}) => 'ada';

Future<String> inBackground(Uri address, String store) => Isolate.run(() => readInBackground(address, store, ada));

Future<void> main(List<String> arguments) async {
  print(await makeMockedClient().read(Uri.parse('https://shop.example/api/hello')));

  final server = await HttpServer.bind('127.0.0.1', 0);
  final site = await serve(server);
  final client = FlaskClient(site.address, idToken: ada, store: FileSessionStore(arguments.single));
  final hello = site.address.resolve('/api/hello');
  await client.get(hello);
  print(await readInWorker(client, hello));
  print(await inBackground(hello, arguments.single));
  print(site.asked);

  site
    ..asked.clear()
    ..endSessions();
  await inBackground(hello, arguments.single);
  await client.get(hello);
  print(site.asked);

  site
    ..asked.clear()
    ..endSessions();
  final upload = http.StreamedRequest('POST', site.address.resolve('/api/notes'))
    ..sink.add('Call Howard'.codeUnits)
    ..sink.close();
  print((await http.Response.fromStream(await WholeBodies(client).send(upload))).body);
  print(site.asked);
  client.close();
  await server.close();
}
"""


def test_the_recipes_that_need_no_other_package_run(tmp_path):
    """Isolates and the app share a session, whoever finds it ended; dio's `POST` is repeated after a sign-in."""
    write_libraries(RECIPES, tmp_path)
    program = tmp_path / "run.dart"
    program.write_text(RUN)
    command = [*dart_command(program), str(tmp_path / "session.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    sign_in, hello, post = "POST /auth/sign-in", "GET /api/hello", "POST /api/notes"
    assert done.stdout.splitlines() == [
        '{"hello": "Ada"}',
        '{"hello":"ada"}',
        '{"hello":"ada"}',
        f"[{', '.join([sign_in, hello, hello, hello])}]",
        f"[{', '.join([hello, sign_in, hello, hello, hello])}]",
        '{"noted":"Call Howard"}',
        f"[{', '.join([post, sign_in, post])}]",
    ]
