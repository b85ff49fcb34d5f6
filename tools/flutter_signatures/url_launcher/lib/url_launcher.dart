/// A double of signatures: `package:url_launcher/url_launcher.dart`, as far as it is used here.
library;

enum LaunchMode { platformDefault, inAppWebView, inAppBrowserView, externalApplication, externalNonBrowserApplication }

Future<bool> launchUrl(Uri url, {LaunchMode mode = LaunchMode.platformDefault, String? webOnlyWindowName}) =>
    throw UnimplementedError();
