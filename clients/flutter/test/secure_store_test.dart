import 'package:flutter_test/flutter_test.dart';

import 'support/secure_store_cases.dart';

void main() => secureStoreCases.forEach(test);
