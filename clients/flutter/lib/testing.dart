/// A site for the tests of an app, without a network: `FakeFlaskSite`.
library;

export 'package:flask_firebase_login/testing.dart';
