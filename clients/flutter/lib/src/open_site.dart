/// The way from the app into the site's pages.
library;

import 'package:flask_firebase_login/flask_client.dart';
import 'package:flutter/foundation.dart';
import 'package:url_launcher/url_launcher.dart';

/// The way from the app into the site's pages.
extension SiteOpener on FlaskClient {
  /// Opens a page of the site in the system's browser, signed in as the user; returns whether a browser was opened.
  ///
  /// [next] is a path on the site such as `/auth/`, its account page; by default the site's own choice. The site makes an
  /// address for this that is good once, for a minute. Throws what [FlaskClient.browserUrl] throws.
  ///
  /// An app that runs in a page of the site itself needs no such address: that browser is signed in already. There,
  /// [webOnlyWindowName] is `_blank` for another tab, by default, and `_self` for this one. Safari blocks a tab that is opened
  /// after a wait.
  Future<bool> openSite([String? next, String? webOnlyWindowName]) async {
    final isAtSite = kIsWeb && Uri.base.origin == session.site.origin;
    final address = isAtSite ? session.site.resolve(next ?? '/') : await browserUrl(next: next);
    return launchUrl(address, mode: LaunchMode.externalApplication, webOnlyWindowName: webOnlyWindowName);
  }
}
