/// Dates as HTTP writes them, and as this package stores them.
library;

final _delimiters = RegExp(r'[\x09\x20-\x2F\x3B-\x40\x5B-\x60\x7B-\x7E]+');
final _time = RegExp(r'^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)');
final _day = RegExp(r'^(\d{1,2})(?!\d)');
final _year = RegExp(r'^(\d{2,4})(?!\d)');
const _months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/// Returns the time that a date of HTTP says, in UTC; null where it says none.
///
/// It takes every form that browsers take (RFC 6265, section 5.1.1).
DateTime? parseHttpDate(String text) {
  List<int>? time;
  int? day, month, year;
  for (final token in text.split(_delimiters)) {
    final clock = _time.firstMatch(token);
    if (time == null && clock != null) {
      time = [for (var i = 1; i <= 3; i++) int.parse(clock[i]!)];
      continue;
    }
    final ofMonth = _day.firstMatch(token);
    if (day == null && ofMonth != null) {
      day = int.parse(ofMonth[1]!);
      continue;
    }
    final name = token.length < 3 ? -1 : _months.indexOf(token.substring(0, 3).toLowerCase());
    if (month == null && name >= 0) {
      month = name + 1;
      continue;
    }
    final ofEra = _year.firstMatch(token);
    if (year == null && ofEra != null) year = _fullYear(int.parse(ofEra[1]!));
  }
  if (time == null || day == null || month == null || year == null || year < 1601) return null;
  final [hour, minute, second] = time;
  if (hour > 23 || minute > 59 || second > 59) return null;
  final date = DateTime.utc(year, month, day, hour, minute, second);
  return date.day == day && date.month == month ? date : null;
}

/// Returns a time as it is stored: RFC 3339 in UTC, in whole seconds.
String formatTime(DateTime time) => '${time.toUtc().toIso8601String().split('.').first}Z';

int _fullYear(int year) => switch (year) {
      >= 70 && <= 99 => year + 1900,
      <= 69 => year + 2000,
      _ => year,
    };
