/// SHA-256 (FIPS 180-4), in arithmetic of 32 bits, which is right in JavaScript too.
library;

import 'dart:typed_data';

const _mask = 0xFFFFFFFF;

/// The fractional parts of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2).
const _constants = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, //
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// Returns the SHA-256 of bytes, 32 bytes long.
Uint8List sha256(List<int> bytes) {
  final state = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19, //
  ];
  final padded = _pad(bytes);
  for (var start = 0; start < padded.lengthInBytes; start += 64) {
    _compress(state, ByteData.sublistView(padded, start, start + 64));
  }
  final hash = ByteData(32);
  for (final (index, word) in state.indexed) {
    hash.setUint32(index * 4, word);
  }
  return hash.buffer.asUint8List();
}

/// A bit that is set, zeros, and the length in bits, so that the whole is a multiple of 64 bytes (section 5.1.1).
Uint8List _pad(List<int> bytes) {
  final length = (bytes.length + 8) ~/ 64 * 64 + 64;
  final padded = Uint8List(length)
    ..setAll(0, bytes)
    ..[bytes.length] = 0x80;
  ByteData.sublistView(padded)
    ..setUint32(length - 8, bytes.length ~/ 0x20000000) // no number of 64 bits: JavaScript has none
    ..setUint32(length - 4, (bytes.length % 0x20000000) * 8);
  return padded;
}

/// Takes one block of 64 bytes into the state (section 6.2.2).
void _compress(List<int> state, ByteData block) {
  final words = Uint32List(64);
  for (var t = 0; t < 16; t++) {
    words[t] = block.getUint32(t * 4);
  }
  for (var t = 16; t < 64; t++) {
    final (early, late) = (words[t - 15], words[t - 2]);
    final smallSigma0 = _rotate(early, 7) ^ _rotate(early, 18) ^ (early >>> 3);
    final smallSigma1 = _rotate(late, 17) ^ _rotate(late, 19) ^ (late >>> 10);
    words[t] = (words[t - 16] + smallSigma0 + words[t - 7] + smallSigma1) & _mask;
  }
  var [a, b, c, d, e, f, g, h] = state;
  for (var t = 0; t < 64; t++) {
    final bigSigma1 = _rotate(e, 6) ^ _rotate(e, 11) ^ _rotate(e, 25);
    final choice = (e & f) ^ ((e ^ _mask) & g);
    final one = h + bigSigma1 + choice + _constants[t] + words[t];
    final bigSigma0 = _rotate(a, 2) ^ _rotate(a, 13) ^ _rotate(a, 22);
    final majority = (a & b) ^ (a & c) ^ (b & c);
    (h, g, f, e, d, c, b, a) = (g, f, e, (d + one) & _mask, c, b, a, (one + bigSigma0 + majority) & _mask);
  }
  for (final (index, word) in [a, b, c, d, e, f, g, h].indexed) {
    state[index] = (state[index] + word) & _mask;
  }
}

int _rotate(int word, int count) => (word >>> count) | ((word << (32 - count)) & _mask);
