/// A double of signatures: `package:bloc/bloc.dart`, as far as it is used here.
library;

abstract class BlocBase<State> {
  BlocBase(State state);

  State get state => throw UnimplementedError();
  Stream<State> get stream => throw UnimplementedError();

  void emit(State state) => throw UnimplementedError();
  Future<void> close() => throw UnimplementedError();
}

abstract class Cubit<State> extends BlocBase<State> {
  Cubit(super.state);
}
