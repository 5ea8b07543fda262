// The feeds as an AsyncAPI 3 document: channels, messages, attributes and schemas, from the declarations and the definition.
#pragma once

#include <string>
#include <vector>

#include "app/schema.h"
#include "concordat/v1/feed.pb.h"

namespace concordat::app {

// As JSON. `kafka`: the server's address; empty = left as an example.
std::string asyncapi(const std::vector<v1::Feed>& feeds, const std::string& kafka);

// The schema "CloudEvent": a feed's event as server-sent events, deliveries and webhooks have it, data and all.
void add_cloud_event(schema::Object& schemas);

}  // namespace concordat::app
