/// A double of signatures: `package:flutter/material.dart`, as far as it is used here.
library;

import 'foundation.dart';
import 'services.dart';
import 'widgets.dart';

export 'services.dart' show AutofillHints, TextInputType;
export 'widgets.dart';

class MaterialApp extends StatefulWidget {
  const MaterialApp({super.key, Widget? home, String title = '', ThemeData? theme, ThemeData? darkTheme});

  @override
  State<MaterialApp> createState() => throw UnimplementedError();
}

class ThemeData {
  factory ThemeData.light({bool? useMaterial3}) => throw UnimplementedError();
  factory ThemeData.dark({bool? useMaterial3}) => throw UnimplementedError();
}

class Theme extends StatelessWidget {
  const Theme({super.key, required ThemeData data, required Widget child});

  @override
  Widget build(BuildContext context) => throw UnimplementedError();
}

abstract class PreferredSizeWidget implements Widget {}

class Scaffold extends StatefulWidget {
  const Scaffold({super.key, PreferredSizeWidget? appBar, Widget? body});

  @override
  State<Scaffold> createState() => throw UnimplementedError();
}

class AppBar extends StatefulWidget implements PreferredSizeWidget {
  AppBar({super.key, Widget? title, List<Widget>? actions});

  @override
  State<AppBar> createState() => throw UnimplementedError();
}

abstract final class Icons {
  static const IconData account_circle = IconData(0xe043, fontFamily: 'MaterialIcons');
  static const IconData dark_mode = IconData(0xe1b0, fontFamily: 'MaterialIcons');
  static const IconData logout = IconData(0xe3b3, fontFamily: 'MaterialIcons');
}

abstract class ButtonStyleButton extends StatefulWidget {
  const ButtonStyleButton({super.key, required VoidCallback? onPressed, required Widget? child});

  @override
  State<ButtonStyleButton> createState() => throw UnimplementedError();
}

class FilledButton extends ButtonStyleButton {
  const FilledButton({super.key, required super.onPressed, required super.child});
}

class OutlinedButton extends ButtonStyleButton {
  const OutlinedButton({super.key, required super.onPressed, required super.child});
}

class TextButton extends ButtonStyleButton {
  const TextButton({super.key, required super.onPressed, required Widget super.child});
}

class IconButton extends StatelessWidget {
  const IconButton({super.key, required VoidCallback? onPressed, required Widget icon, String? tooltip});

  @override
  Widget build(BuildContext context) => throw UnimplementedError();
}

class ListTile extends StatelessWidget {
  const ListTile({super.key, Widget? leading, Widget? title, Widget? subtitle, Widget? trailing, VoidCallback? onTap});

  @override
  Widget build(BuildContext context) => throw UnimplementedError();
}

class InputDecoration {
  const InputDecoration({String? labelText, String? hintText, String? errorText});
}

class TextField extends StatefulWidget {
  const TextField({
    super.key,
    TextEditingController? controller,
    InputDecoration? decoration = const InputDecoration(),
    TextInputType? keyboardType,
    bool obscureText = false,
    ValueChanged<String>? onChanged,
    ValueChanged<String>? onSubmitted,
    bool? enabled,
    Iterable<String>? autofillHints = const <String>[],
  });

  @override
  State<TextField> createState() => throw UnimplementedError();
}
