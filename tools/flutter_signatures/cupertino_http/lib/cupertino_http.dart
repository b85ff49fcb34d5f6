/// A double of signatures: `package:cupertino_http/cupertino_http.dart`, as far as it is used here.
library;

import 'package:http/http.dart';

enum NSHTTPCookieAcceptPolicy {
  NSHTTPCookieAcceptPolicyAlways,
  NSHTTPCookieAcceptPolicyNever,
  NSHTTPCookieAcceptPolicyOnlyFromMainDocumentDomain,
}

class URLSessionConfiguration {
  factory URLSessionConfiguration.ephemeralSessionConfiguration() => throw UnimplementedError();

  late bool httpShouldSetCookies;
  late NSHTTPCookieAcceptPolicy httpCookieAcceptPolicy;
}

abstract class CupertinoClient extends BaseClient {
  factory CupertinoClient.fromSessionConfiguration(URLSessionConfiguration config) => throw UnimplementedError();
}
