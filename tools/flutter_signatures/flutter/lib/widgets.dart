/// A double of signatures: `package:flutter/widgets.dart`, as far as it is used here.
library;

import 'foundation.dart';

export 'foundation.dart'
    show Key, LocalKey, ValueChanged, ValueKey, VoidCallback, immutable, protected, visibleForTesting;

void runApp(Widget app) => throw UnimplementedError();

// framework.dart

abstract class BuildContext {
  bool get mounted;
}

abstract class Widget {
  const Widget({this.key});

  final Key? key;
}

abstract class StatelessWidget extends Widget {
  const StatelessWidget({super.key});

  Widget build(BuildContext context);
}

abstract class StatefulWidget extends Widget {
  const StatefulWidget({super.key});

  State createState();
}

abstract class State<T extends StatefulWidget> {
  T get widget => throw UnimplementedError();
  BuildContext get context => throw UnimplementedError();
  bool get mounted => throw UnimplementedError();

  void initState() => throw UnimplementedError();
  void didUpdateWidget(covariant T oldWidget) => throw UnimplementedError();
  void setState(VoidCallback fn) => throw UnimplementedError();
  void dispose() => throw UnimplementedError();
  Widget build(BuildContext context);
}

abstract class Element implements BuildContext {}

typedef WidgetBuilder = Widget Function(BuildContext context);

// image.dart

class Image extends StatefulWidget {
  Image.network(String src, {super.key, this.width, this.height, Map<String, String>? headers});

  final double? width;
  final double? height;

  @override
  State<Image> createState() => throw UnimplementedError();
}

// binding.dart, app_lifecycle_listener.dart, and what dart:ui has of them

enum AppLifecycleState { detached, resumed, inactive, hidden, paused }

abstract class WidgetsBinding {
  static WidgetsBinding get instance => throw UnimplementedError();

  void handleAppLifecycleStateChanged(AppLifecycleState state);
}

class WidgetsFlutterBinding implements WidgetsBinding {
  static WidgetsBinding ensureInitialized() => throw UnimplementedError();

  @override
  void handleAppLifecycleStateChanged(AppLifecycleState state) => throw UnimplementedError();
}

class AppLifecycleListener {
  AppLifecycleListener({
    WidgetsBinding? binding,
    this.onResume,
    this.onInactive,
    this.onHide,
    this.onShow,
    this.onPause,
    this.onRestart,
    this.onDetach,
    this.onStateChange,
  });

  final VoidCallback? onResume;
  final VoidCallback? onInactive;
  final VoidCallback? onHide;
  final VoidCallback? onShow;
  final VoidCallback? onPause;
  final VoidCallback? onRestart;
  final VoidCallback? onDetach;
  final ValueChanged<AppLifecycleState>? onStateChange;

  void dispose() => throw UnimplementedError();
}

// basic.dart, text.dart, icon.dart, scroll_view.dart, and what painting.dart and rendering.dart have of them

abstract class EdgeInsetsGeometry {
  const EdgeInsetsGeometry();
}

class EdgeInsets extends EdgeInsetsGeometry {
  const EdgeInsets.all(double value);
  const EdgeInsets.only({double left = 0.0, double top = 0.0, double right = 0.0, double bottom = 0.0});
  const EdgeInsets.symmetric({double vertical = 0.0, double horizontal = 0.0});
}

class BoxConstraints {
  const BoxConstraints({
    double minWidth = 0.0,
    double maxWidth = double.infinity,
    double minHeight = 0.0,
    double maxHeight = double.infinity,
  });
}

enum MainAxisAlignment { start, end, center, spaceBetween, spaceAround, spaceEvenly }

enum MainAxisSize { min, max }

enum CrossAxisAlignment { start, end, center, stretch, baseline }

enum TextAlign { left, right, center, justify, start, end }

class Column extends Widget {
  const Column({
    super.key,
    MainAxisAlignment mainAxisAlignment = MainAxisAlignment.start,
    MainAxisSize mainAxisSize = MainAxisSize.max,
    CrossAxisAlignment crossAxisAlignment = CrossAxisAlignment.center,
    double spacing = 0.0,
    List<Widget> children = const <Widget>[],
  });
}

class Center extends Widget {
  const Center({super.key, double? widthFactor, double? heightFactor, Widget? child});
}

class ConstrainedBox extends Widget {
  ConstrainedBox({super.key, required BoxConstraints constraints, Widget? child});
}

class Expanded extends Widget {
  const Expanded({super.key, int flex = 1, required Widget child});
}

class Padding extends Widget {
  const Padding({super.key, required EdgeInsetsGeometry padding, Widget? child});
}

class SizedBox extends Widget {
  const SizedBox({super.key, double? width, double? height, Widget? child});
  const SizedBox.shrink({super.key, Widget? child});
}

class Text extends StatelessWidget {
  const Text(String data, {super.key, TextAlign? textAlign});

  @override
  Widget build(BuildContext context) => throw UnimplementedError();
}

class IconData {
  const IconData(this.codePoint, {this.fontFamily});

  final int codePoint;
  final String? fontFamily;
}

class Icon extends StatelessWidget {
  const Icon(IconData? icon, {super.key, double? size});

  @override
  Widget build(BuildContext context) => throw UnimplementedError();
}

class ListView extends StatelessWidget {
  ListView({super.key, EdgeInsetsGeometry? padding, bool shrinkWrap = false, List<Widget> children = const <Widget>[]});

  @override
  Widget build(BuildContext context) => throw UnimplementedError();
}

class AutofillGroup extends StatefulWidget {
  const AutofillGroup({super.key, required Widget child});

  @override
  State<AutofillGroup> createState() => throw UnimplementedError();
}

class TextEditingController {
  TextEditingController({String? text});

  String get text => throw UnimplementedError();
  set text(String newText) => throw UnimplementedError();
  void clear() => throw UnimplementedError();
  void dispose() => throw UnimplementedError();
}
