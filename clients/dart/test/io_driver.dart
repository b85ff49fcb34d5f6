// Drives the Dart client through the conformance cases: `dart test/io_driver.dart`.
//
// The format is that of `clients/conformance/README.md`: a JSON object a line, answered by one.

import 'dart:io' as io;

import 'package:flask_firebase_login/io.dart';

import 'support/driver.dart';

Future<void> main() => Driver(
      (told, around) {
        final transport = IoTransport();
        final session = around.makeSession(transport);
        return Subject(
          session,
          (method, url, headers, body, {required streamed, required abortTrigger}) async {
            final answer = await session.send(
              TransportRequest(
                method,
                url,
                headers: headers,
                bytes: streamed == null ? body.codeUnits : const [],
                stream: streamed == null ? null : streamBody(body, streamed),
                abortTrigger: abortTrigger,
              ),
              followRedirects: around.followRedirects,
            );
            return (answer.status, await readText(answer.body), answer.url);
          },
        );
      },
      isUnreachable: (error) => error is io.IOException,
    ).run();
