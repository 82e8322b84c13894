#include "net/picture_upload.hpp"

#include <openssl/evp.h>

#include <array>
#include <span>
#include <utility>

#include "host/match/assert.hpp"
#include "net/multipart_field.hpp"

namespace reprise {
namespace {

// What clients take a picture for that they do not know is judged by its bytes.
constexpr std::array<std::string_view, 4> picture_types = {"image/jpeg", "image/png", "image/webp",
                                                           "application/octet-stream"};

// By OpenSSL, which is several times as fast as our own: it runs on the API's one thread.
class picture_hash {
 public:
  picture_hash() : context_{::EVP_MD_CTX_new(), &::EVP_MD_CTX_free} {
    REPRISE_ASSERT(context_ != nullptr);
    REPRISE_ASSERT(::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr) == 1);
  }
  void add(std::string_view piece) {
    REPRISE_ASSERT(::EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1);
  }
  [[nodiscard]] sha256_digest finish() {
    sha256_digest made{};
    auto* const into = reinterpret_cast<unsigned char*>(made.data());
    REPRISE_ASSERT(::EVP_DigestFinal_ex(context_.get(), into, nullptr) == 1);
    return made;
  }

 private:
  std::unique_ptr<::EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context_;
};

api_response too_large(std::string_view request_id) {
  return problem(413, "body_too_large",
                 "a picture has at most " + std::to_string(picture_bytes_max) + " bytes", "file",
                 request_id);
}

}  // namespace

net::awaitable<answer_or<picture_ptr>> read_picture(const api_request& request, request_body& body,
                                                    std::shared_ptr<picture_room> room) {
  const std::string id = request.request_id;
  multipart_field file{request, body, "file", picture_types};
  const auto picture = std::make_shared<sent_picture>(std::move(room));
  picture_hash hash;
  for (;;) {
    const auto piece = co_await file.next();
    if (!piece) co_return piece.error();
    if (!*piece) break;
    const std::string_view bytes = **piece;
    if (picture->bytes().size() + bytes.size() > picture_bytes_max) co_return too_large(id);
    if (!picture->append(bytes)) {
      co_return problem_of({errc::overloaded, "too many pictures at once", {}}, id);
    }
    hash.add(bytes);
  }
  const auto checked = check_picture(std::as_bytes(std::span{picture->bytes()}));
  if (!checked) co_return problem(400, "picture_invalid", checked.error().what, "file", id);
  picture->type = checked->type;
  picture->hash = hash.finish();
  co_return picture_ptr{picture};
}

}  // namespace reprise
