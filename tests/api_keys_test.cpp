#include "net/api_keys.hpp"

#include <gtest/gtest.h>

namespace reprise {
namespace {

new_key key_of(std::uint64_t seed) {
  const auto random = make_seeded_random(seed);
  return make_key("a label", 1'700'000'000, *random);
}

api_request with_authorization(std::vector<std::string> values) {
  api_request request;
  for (std::string& value : values) request.headers.push_back({"authorization", std::move(value)});
  return request;
}

TEST(ApiKeys, AreWellFormedAndDiffer) {
  const new_key one = key_of(1);
  const new_key two = key_of(2);
  EXPECT_EQ(one.secret.size(), 52u);
  EXPECT_TRUE(one.secret.starts_with("rpr_"));
  EXPECT_TRUE(is_well_formed_key(one.secret));
  EXPECT_NE(one.secret, two.secret);
  EXPECT_NE(one.stored.id, two.stored.id);
  EXPECT_EQ(one.stored.label, "a label");
  EXPECT_EQ(one.stored.created_at, 1'700'000'000);
}

TEST(ApiKeys, AreStoredAsAHashThatHoldsNothingOfThem) {
  const new_key made = key_of(1);
  EXPECT_EQ(made.stored.hash, hash_of_key(made.secret));
  EXPECT_EQ(made.secret.find(made.stored.id), std::string::npos);
}

TEST(ApiKeys, HashAsSha256Does) {  // FIPS 180-4, "abc"
  constexpr unsigned char begin[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea};
  const key_hash hash = hash_of_key("abc");
  for (std::size_t i = 0; i < sizeof begin; ++i) EXPECT_EQ(hash[i], std::byte{begin[i]});
}

TEST(ApiKeys, TellEverySlipOfOneCharacter) {
  const std::string secret = key_of(3).secret;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    std::string slipped = secret;
    slipped[i] = slipped[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_well_formed_key(slipped)) << i;
    slipped[i] = '\0';
    EXPECT_FALSE(is_well_formed_key(slipped)) << i;
  }
  EXPECT_FALSE(is_well_formed_key(secret.substr(0, 51)));
  EXPECT_FALSE(is_well_formed_key(secret + "A"));
  EXPECT_FALSE(is_well_formed_key(""));
}

TEST(ApiKeys, AreKnownByTheListUntilTheyAreRevoked) {
  const new_key one = key_of(1);
  const new_key two = key_of(2);
  std::vector<stored_key> keys = {one.stored, two.stored};
  EXPECT_EQ(find_key(one.secret, keys), &keys[0]);
  EXPECT_EQ(find_key(two.secret, keys), &keys[1]);
  EXPECT_EQ(find_key(key_of(3).secret, keys), nullptr);
  keys[1].revoked_at = 1'700'000'001;
  EXPECT_EQ(find_key(one.secret, keys), &keys[0]);
  EXPECT_EQ(find_key(two.secret, keys), nullptr);
  EXPECT_EQ(find_key(one.secret, {}), nullptr);
}

TEST(ApiKeys, ComeAsBearerOnce) {
  const new_key made = key_of(1);
  const std::vector<stored_key> keys = {made.stored};
  EXPECT_EQ(check_key(with_authorization({}), keys).verdict, key_verdict::missing);
  EXPECT_EQ(check_key(with_authorization({"Bearer " + made.secret}), keys).verdict,
            key_verdict::good);
  EXPECT_EQ(check_key(with_authorization({"bearer  " + made.secret}), keys).verdict,
            key_verdict::good);
  EXPECT_EQ(check_key(with_authorization({"Basic " + made.secret}), keys).verdict,
            key_verdict::bad);
  EXPECT_EQ(check_key(with_authorization({made.secret}), keys).verdict, key_verdict::bad);
  EXPECT_EQ(check_key(with_authorization({"Bearer"}), keys).verdict, key_verdict::bad);
  EXPECT_EQ(check_key(with_authorization({"Bearer " + made.secret + " x"}), keys).verdict,
            key_verdict::bad);
  EXPECT_EQ(check_key(with_authorization({"Bearer " + made.secret, "Bearer x"}), keys).verdict,
            key_verdict::bad);
  EXPECT_EQ(check_key(with_authorization({"Bearer " + made.secret}), keys).key, &keys[0]);
}

}  // namespace
}  // namespace reprise
