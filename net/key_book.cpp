#include "net/key_book.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <nlohmann/json.hpp>

#include "host/hex.hpp"
#include "host/printable.hpp"
#include "host/store/data_directory.hpp"
#include "net/control_socket.hpp"

namespace reprise {
namespace {

using json = nlohmann::json;

// Bytes that are no UTF-8 become U+FFFD: a label may hold any.
std::string text_of(const json& shown) {
  return shown.dump(-1, ' ', false, json::error_handler_t::replace);
}

failure no_answer() {
  return {errc::io_failed, "the service gave an answer that makes no sense"};
}

json as_json(const stored_key& key) {
  std::string hash;
  append_hex(hash, key.hash);
  json made = {{"id", key.id}, {"label", key.label}, {"hash", hash}, {"created", key.created_at}};
  if (key.revoked_at) made["revoked"] = *key.revoked_at;
  return made;
}

// Throws json::exception where it is none.
stored_key as_key(const json& from) {
  stored_key key{.id = from.at("id"), .label = from.at("label"), .created_at = from.at("created")};
  const std::string hash = from.at("hash");
  if (hash.size() != 2 * key.hash.size() || decode_hex(hash, key.hash) != hash.size()) {
    throw json::other_error::create(501, "hash", nullptr);
  }
  if (from.contains("revoked")) key.revoked_at = from.at("revoked").get<std::int64_t>();
  return key;
}

class remote_key_book final : public key_book {
 public:
  explicit remote_key_book(std::string directory) : directory_{std::move(directory)} {}

  outcome<void> add(const stored_key& added) override {
    const auto answer = ask({{"do", "add"}, {"key", as_json(added)}});
    if (!answer) return answer.error();
    return {};
  }
  outcome<std::vector<stored_key>> list() override {
    const auto answer = ask({{"do", "list"}});
    if (!answer) return answer.error();
    try {
      std::vector<stored_key> keys;
      for (const json& key : answer->at("keys")) keys.push_back(as_key(key));
      return keys;
    } catch (const json::exception&) {
      return no_answer();
    }
  }
  outcome<bool> revoke(const std::string& id, std::int64_t) override {
    const auto answer = ask({{"do", "revoke"}, {"id", id}});
    if (!answer) return answer.error();
    return answer->value("revoked", false);
  }

 private:
  outcome<json> ask(const json& request) {
    const auto line = ask_control(directory_, text_of(request));
    if (!line) return line.error();
    json answer = json::parse(*line, nullptr, false);
    if (!answer.is_object()) return no_answer();
    if (answer.contains("error")) {
      return failure{errc::io_failed, "the service refused: " + text_of(answer["error"])};
    }
    return outcome<json>{boost::system::in_place_value, std::move(answer)};
  }

  std::string directory_;
};

class local_key_book final : public key_book {
 public:
  local_key_book(std::unique_ptr<data_directory> held, state_files files)
      : held_{std::move(held)}, files_{std::move(files)} {}

  outcome<void> add(const stored_key& added) override { return files_.writer->add_key(added); }
  outcome<std::vector<stored_key>> list() override { return files_.reader->keys(); }
  outcome<bool> revoke(const std::string& id, std::int64_t now) override {
    return files_.writer->revoke_key(id, now);
  }

 private:
  std::unique_ptr<data_directory> held_;
  state_files files_;
};

template <typename T>
done<T> answer_with(const std::function<void(std::string)>& answer,
                    std::function<json(const outcome<T>&)> tell) {
  return [answer, tell = std::move(tell)](outcome<T> made) {
    answer(made ? text_of(tell(made)) : text_of({{"error", made.error().what}}));
  };
}

}  // namespace

outcome<std::unique_ptr<key_book>> open_key_book(const std::string& directory,
                                                 missing_directory one) {
  if (one == missing_directory::is_refused && ::access(directory.c_str(), F_OK) != 0) {
    return failure{errc::io_failed, printable(directory) + ": " + std::strerror(errno)};
  }
  auto remote = std::make_unique<remote_key_book>(directory);
  const auto listed = remote->list();
  if (listed) return std::unique_ptr<key_book>{std::move(remote)};
  if (listed.error().code != errc::not_found) return listed.error();
  auto held = data_directory::hold(directory);
  if (!held) return held.error();
  auto files = open_state(directory);
  if (!files) return files.error();
  return std::unique_ptr<key_book>{
      std::make_unique<local_key_book>(std::move(*held), std::move(*files))};
}

void answer_key_request(live_service& service, const std::string& request,
                        std::function<void(std::string)> answer) {
  try {
    const json asked = json::parse(request);
    const std::string what = asked.at("do");
    if (what == "list") {
      json keys = json::array();
      for (const stored_key& key : service.keys()) keys.push_back(as_json(key));
      answer(text_of({{"keys", keys}}));
    } else if (what == "add") {
      service.add_key(as_key(asked.at("key")),
                      answer_with<void>(answer, [](const auto&) { return json::object(); }));
    } else if (what == "revoke") {
      service.revoke_key(asked.at("id"), answer_with<bool>(answer, [](const outcome<bool>& made) {
                           return json{{"revoked", *made}};
                         }));
    } else {
      answer(json{{"error", "unknown request"}}.dump());
    }
  } catch (const json::exception&) {
    answer(json{{"error", "malformed request"}}.dump());
  }
}

}  // namespace reprise
