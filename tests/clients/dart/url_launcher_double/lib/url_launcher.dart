/// A double of `package:url_launcher`: what the README uses of it, with the shape that it documents.
library;

Future<bool> launchUrl(Uri url) async => true;
