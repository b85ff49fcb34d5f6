/// The sign-in at Firebase.
library;

import 'dart:async';

import 'package:flutter/material.dart';

import 'problems.dart';
import 'sign_in_ways.dart';

/// Shown where nobody is signed in; it ends by itself when Firebase has told who is.
class SignInPage extends StatefulWidget {
  const SignInPage({required this.ways, super.key});

  final SignInWays ways;

  @override
  State<SignInPage> createState() => _SignInPageState();
}

class _SignInPageState extends State<SignInPage> {
  final _email = TextEditingController();
  final _password = TextEditingController();
  bool _isBusy = false;
  String? _problem;

  @override
  void dispose() {
    _email.dispose();
    _password.dispose();
    super.dispose();
  }

  Future<void> _signIn(Future<void> Function() way) async {
    if (_isBusy) return;
    setState(() {
      _isBusy = true;
      _problem = null;
    });
    String? problem;
    try {
      await way();
    } on Object catch (error, trace) {
      problem = tellProblem(error, trace);
    }
    if (!mounted) return;
    setState(() {
      _isBusy = false;
      _problem = problem;
    });
  }

  void _byPassword() => unawaited(_signIn(() => widget.ways.withPassword(_email.text.trim(), _password.text)));

  @override
  Widget build(BuildContext context) => Scaffold(
        appBar: AppBar(title: const Text('Notes')),
        body: Center(
          child: ConstrainedBox(
            constraints: const BoxConstraints(maxWidth: 360),
            child: AutofillGroup(
              child: ListView(
                padding: const EdgeInsets.all(24),
                shrinkWrap: true,
                children: [
                  if (widget.ways.hasGoogle)
                    OutlinedButton(
                      onPressed: _isBusy ? null : () => unawaited(_signIn(widget.ways.withGoogle)),
                      child: const Text('Continue with Google'),
                    ),
                  TextField(
                    controller: _email,
                    decoration: const InputDecoration(labelText: 'E-mail address'),
                    keyboardType: TextInputType.emailAddress,
                    autofillHints: const [AutofillHints.email],
                  ),
                  TextField(
                    controller: _password,
                    decoration: const InputDecoration(labelText: 'Password'),
                    obscureText: true,
                    autofillHints: const [AutofillHints.password],
                    onSubmitted: (_) => _byPassword(),
                  ),
                  const SizedBox(height: 24),
                  FilledButton(onPressed: _isBusy ? null : _byPassword, child: const Text('Sign in')),
                  if (_problem case final problem?) Text(problem),
                ],
              ),
            ),
          ),
        ),
      );
}
