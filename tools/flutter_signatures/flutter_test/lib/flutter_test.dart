/// A double of signatures: `package:flutter_test/flutter_test.dart`, as far as it is used here.
library;

import 'package:flutter/widgets.dart';

typedef WidgetTesterCallback = Future<void> Function(WidgetTester widgetTester);

void test(Object description, dynamic Function() body, {dynamic skip}) => throw UnimplementedError();
void group(Object description, void Function() body, {dynamic skip}) => throw UnimplementedError();
void setUp(dynamic Function() body) => throw UnimplementedError();
void tearDown(dynamic Function() body) => throw UnimplementedError();
void addTearDown(dynamic Function() callback) => throw UnimplementedError();
void testWidgets(String description, WidgetTesterCallback callback, {bool? skip}) => throw UnimplementedError();

void expect(dynamic actual, dynamic matcher, {String? reason}) => throw UnimplementedError();

abstract class Matcher {
  const Matcher();
}

Matcher get findsOneWidget => throw UnimplementedError();
Matcher get findsNothing => throw UnimplementedError();
Matcher get isNull => throw UnimplementedError();
Matcher isA<T>() => throw UnimplementedError();
Matcher equals(Object? expected) => throw UnimplementedError();

abstract class FinderBase<CandidateType> {}

abstract class Finder extends FinderBase<Element> {}

class CommonFinders {
  const CommonFinders._();

  Finder text(String text, {bool findRichText = false, bool skipOffstage = true}) => throw UnimplementedError();
  Finder textContaining(Pattern pattern, {bool findRichText = false, bool skipOffstage = true}) => throw UnimplementedError();
  Finder byTooltip(Pattern message, {bool skipOffstage = true}) => throw UnimplementedError();
  Finder byType(Type type, {bool skipOffstage = true}) => throw UnimplementedError();
  Finder widgetWithText(Type widgetType, String text, {bool skipOffstage = true}) => throw UnimplementedError();
}

const CommonFinders find = CommonFinders._();

abstract class WidgetTester {
  WidgetsBinding get binding;

  Future<void> pumpWidget(Widget widget, {Duration? duration});
  Future<void> pump([Duration? duration]);
  Future<int> pumpAndSettle([Duration duration = const Duration(milliseconds: 100)]);
  Future<void> tap(FinderBase<Element> finder);
  Future<void> enterText(FinderBase<Element> finder, String text);
}

abstract class Fake {
  @override
  dynamic noSuchMethod(Invocation invocation) => throw UnimplementedError(invocation.memberName.toString());
}
