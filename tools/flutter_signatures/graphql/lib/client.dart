/// A double of signatures: `package:graphql/client.dart`, which exports `HttpLink` of `gql_http_link`, as far as it is used here.
library;

import 'package:http/http.dart' as http;

abstract class Link {}

class HttpLink extends Link {
  HttpLink(
    String uri, {
    Map<String, String> defaultHeaders = const {},
    bool useGETForQueries = false,
    http.Client? httpClient,
  });
}

class GraphQLCache {
  GraphQLCache();
}

class GraphQLClient {
  GraphQLClient({required Link link, required GraphQLCache cache});
}
