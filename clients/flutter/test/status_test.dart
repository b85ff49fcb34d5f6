import 'package:flutter_test/flutter_test.dart';

import 'support/status_cases.dart';

void main() {
  statusCases.forEach(test);
  firebaseCases.forEach(test);
}
