import 'package:flutter_test/flutter_test.dart';

import 'problems_cases.dart';

void main() => problemsCases.forEach(test);
