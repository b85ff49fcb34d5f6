/// The account of a user, as the site tells it.
library;

/// The account of a user, as the sign-in's answer told it: a map, and names for what it holds.
///
/// A member of another type than the site's documentation says, or that is not there, is null.
extension type FlaskAccount(Map<String, Object?> json) implements Map<String, Object?> {
  /// Which Firebase user it is, by their uid.
  String get firebaseUid => json['firebase_uid']! as String;

  /// The e-mail address.
  String? get email => _read('email');

  /// Whether Firebase has verified the [email].
  bool get isEmailVerified => _read('email_verified') ?? false;

  /// The name that is shown.
  String? get name => _read('name');

  /// Where the picture is.
  Uri? get photoUrl => switch (_read<String>('photo_url')) { final address? => Uri.tryParse(address), null => null };

  /// The providers that the user signs in by, such as `google.com`.
  List<String> get providers => [...?_read<List<Object?>>('providers')?.whereType<String>()];

  /// The roles that the site has given the user.
  List<String> get roles => [...?_read<List<Object?>>('roles')?.whereType<String>()];

  /// What the user has set, by name.
  Map<String, Object?> get settings => _read('settings') ?? const {};

  T? _read<T extends Object>(String name) => switch (json[name]) { final T value => value, _ => null };
}
