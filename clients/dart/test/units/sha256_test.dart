// SHA-256 against the vectors of NIST for FIPS 180-4 and, at each length from 0 to 200, against another implementation.

import 'dart:convert';
import 'dart:typed_data';

import 'package:flask_firebase_login/src/sha256.dart';

import '../support/checks.dart';

String hex(List<int> bytes) => [for (final byte in bytes) byte.toRadixString(16).padLeft(2, '0')].join();

String hashOf(String text) => hex(sha256(utf8.encode(text)));

void main() => checkAll({
      'nothing': () => same(hashOf(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
      'one block': () => same(hashOf('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
      'two blocks': () => same(
            hashOf('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
            '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
          ),
      '896 bits': () => same(
            hashOf('abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu'),
            'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
          ),
      'a million times a': () => same(
            hex(sha256(Uint8List(1000000)..fillRange(0, 1000000, 0x61))),
            'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
          ),
      'the example of RFC 7636, appendix B': () => same(
            base64Url.encode(sha256(utf8.encode('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'))).replaceAll('=', ''),
            'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
          ),
      'every length from 0 to 200': () {
        final all = [for (var length = 0; length <= 200; length++) hex(sha256(List.filled(length, length)))];
        same(hashOf(all.join()), '32bf3dfd680d6eec35c7e7faa2afb75b13290ffd987b0a324736d2d0bc1bcf13');
      },
    });
